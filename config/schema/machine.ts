import { z } from 'zod';

import { shortName, text, whole } from './quantity.ts';

/** Who the machine is. */
export const Machine = z.strictObject({
  id: shortName.describe('Name of the machine in every recorded point, such as tvemicro'),
  site: text('Name of the site in every recorded point', 60),
  title: text('Name of the machine on screens', 60),
  manufacturer: text('Manufacturer on the name plate', 60),
  model: text('Model on the name plate', 60),
  serialNumber: text('Serial number on the name plate', 60),
  scanPeriodMs: whole('Time from one scan of the control to the next', 50, 5000, 'ms').default(250),
});
