import { DataType, type UAObject, Variant, coerceInt64 } from 'node-opcua';
import type { ZoneDeclaration } from '../../machine/declaration.ts';
import { fill, localized, structures, variableOf } from './instance.ts';
import { scanSignal } from './machine-states.ts';
import { type Views, readNow } from './views.ts';

/** OPC 40083, table 127, in the order of its numbers. */
const names = [
  'NONE',
  'UNKNOWN',
  'BELOW_MIN_VALUE',
  'BELOW_LOWER_TOLERANCE2',
  'BELOW_LOWER_TOLERANCE',
  'WITHIN_TOLERANCE',
  'ABOVE_UPPER_TOLERANCE',
  'ABOVE_UPPER_TOLERANCE2',
  'ABOVE_MAX_VALUE',
] as const;
type ToleranceStatus = (typeof names)[number];

/** How far the temperature is from what it should be. All in °C and K. */
interface Judged {
  readonly actualC: number;
  /** null: nothing is asked for, because the heating is off. */
  readonly setC: number | null;
  readonly minimumC: number;
  readonly maximumC: number;
  /** Narrow and wide band around the setpoint. */
  readonly bandsK: readonly [narrow: number, wide: number];
}

/** Where a temperature stands among its limits. Above the maximum counts whether the heating is on or off. */
export function toleranceStatus({ actualC, setC, minimumC, maximumC, bandsK }: Judged): ToleranceStatus {
  if (actualC > maximumC) return 'ABOVE_MAX_VALUE';
  if (setC === null) return 'NONE';
  if (actualC < minimumC) return 'BELOW_MIN_VALUE';
  const [narrowK, wideK] = bandsK;
  const errorK = actualC - setC;
  if (Math.abs(errorK) <= narrowK) return 'WITHIN_TOLERANCE';
  if (errorK < 0) return errorK < -wideK ? 'BELOW_LOWER_TOLERANCE2' : 'BELOW_LOWER_TOLERANCE';
  return errorK > wideK ? 'ABOVE_UPPER_TOLERANCE2' : 'ABOVE_UPPER_TOLERANCE';
}

/** Status of a zone, with its texts. A broken sensor is UNKNOWN, which the model has a number for. */
export function serveToleranceStatus(
  object: UAObject,
  zone: ZoneDeclaration,
  minimumC: () => number,
  views: Views,
): void {
  const variable = variableOf(object, 'Status');
  const { addressSpace } = object;
  const { heating, guards } = views.machine.declaration;
  const enumType = addressSpace.findDataType('EnumValueType');
  if (!enumType) throw new Error('there is no data type EnumValueType');
  const enumValues = names.map((name, value) =>
    addressSpace.constructExtensionObject(enumType, {
      value: coerceInt64(value),
      displayName: { text: name, locale: 'en' },
    }),
  );
  fill(variable, { EnumValues: structures(enumValues) });

  const statusNow = (): ToleranceStatus => {
    const actualC = views.goodValueOf(zone.temperature);
    if (typeof actualC !== 'number') return 'UNKNOWN';
    const setC = views.goodValueOf(heating.enabled) === true ? views.goodValueOf(zone.setpoint) : null;
    return toleranceStatus({
      actualC,
      setC: typeof setC === 'number' ? setC : null,
      minimumC: minimumC(),
      maximumC: zone.tripAboveC,
      bandsK: [heating.readyBandK, guards.deviationK],
    });
  };
  const sources = [zone.temperature, zone.setpoint, heating.enabled, scanSignal];
  const at = (): Date => new Date(views.sampleOf(zone.temperature).sourceTimeMs);
  views.compute(variable, sources, () =>
    readNow(new Variant({ dataType: DataType.UInt16, value: names.indexOf(statusNow()) }), at()),
  );
  views.compute(variableOf(variable, 'ValueAsText'), sources, () => readNow(localized(statusNow()), at()));
}
