import { effect } from '@preact/signals';
import { say } from '../language/language.ts';
import { connection } from '../live/connection.ts';
import { machine } from '../live/plant.ts';
import { standingAlarms } from '../alarms/standing.ts';

/** The tab tells the state too, so that a machine among other windows is not forgotten. */
export function followTitle(): void {
  effect(() => {
    const status = machine.value;
    const name = status?.title ?? say.product;
    const alarm = standingAlarms.value[0];
    if (status === null) document.title = name;
    else if (connection.value === 'lost') document.title = `? ${name}`;
    else
      document.title = `${alarm === undefined ? '' : `${alarm.priority}! `}${say.states[status.state] ?? status.state} – ${name}`;
  });
}
