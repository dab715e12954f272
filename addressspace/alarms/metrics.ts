import {
  DataType,
  DataValue,
  type ISessionContext,
  type Namespace,
  StatusCodes,
  type UAObject,
  type UAVariable,
  Variant,
} from 'node-opcua';
import type { AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { isAnnunciation } from '../../machine/alarms/statistics.ts';
import type { MachineView } from '../../machine/ports.ts';

/** Alarms are counted by ten minutes, as the standard's figures are. */
const rateMinutes = 10;
const rateMs = rateMinutes * 60_000;

/**
 * The object `s=alarms/metrics` (AlarmMetricsType): how often operators were called since this server began to listen. The
 * machine's whole record, judged by ISA-18.2, is at the REST interface.
 */
export function addMetrics(
  namespace: Namespace,
  folder: UAObject,
  machine: MachineView,
): { note(event: AlarmEvent): void } {
  const type = namespace.addressSpace.findObjectType('AlarmMetricsType');
  if (type === null) throw new Error('the standard nodeset has no AlarmMetricsType');
  const object = type.instantiate({
    namespace,
    nodeId: 's=alarms/metrics',
    browseName: { name: 'AlarmMetrics', namespaceIndex: namespace.index },
    componentOf: folder,
  });
  const tally = new Tally(Date.now());
  const longest = (what: Waiting) => () => tally.longestMs(what, machine.alarms, Date.now());
  show(object, 'AlarmCount', DataType.UInt32, () => tally.count);
  show(object, 'StartTime', DataType.DateTime, () => new Date(tally.beginMs));
  show(object, 'MaximumActiveState', DataType.Double, longest('active'));
  show(object, 'MaximumUnAck', DataType.Double, longest('unacknowledged'));
  show(object, 'MaximumReAlarmCount', DataType.UInt32, () => 0);
  show(object, 'CurrentAlarmRate', DataType.Double, () => tally.currentRate(Date.now()));
  show(object, 'MaximumAlarmRate', DataType.Double, () => tally.highestRate);
  show(object, 'AverageAlarmRate', DataType.Double, () => tally.averageRate(Date.now()));
  for (const name of ['CurrentAlarmRate', 'MaximumAlarmRate', 'AverageAlarmRate']) {
    const rate = object.getChildByName(name) as UAVariable | null;
    show(rate, 'Rate', DataType.UInt16, () => rateMinutes);
  }
  const reset = object.getMethodByName('Reset');
  // the counts are everybody's, and nobody's to reset: they begin with the server
  reset?.bindMethod(async (_inputs: Variant[], _context: ISessionContext) => ({
    statusCode: StatusCodes.BadUserAccessDenied,
  }));
  return { note: (event) => tally.note(event, Date.now()) };
}

function show(
  parent: UAObject | UAVariable | null,
  name: string,
  dataType: DataType,
  value: () => number | Date,
): void {
  const variable = parent?.getChildByName(name) as UAVariable | null | undefined;
  if (!variable) throw new Error(`AlarmMetricsType has no ${name}`);
  variable.minimumSamplingInterval = 1_000;
  const timestamped_get = (): DataValue => {
    const now = new Date();
    const at = { sourceTimestamp: now, serverTimestamp: now };
    return new DataValue({ ...at, statusCode: StatusCodes.Good, value: new Variant({ dataType, value: value() }) });
  };
  variable.bindVariable({ timestamped_get }, true);
}

type Waiting = 'active' | 'unacknowledged';

/** Whether an occurrence stands, or waits to be acknowledged. */
const waits: Readonly<Record<Waiting, (occurrence: AlarmOccurrence) => boolean>> = {
  active: ({ active }) => active,
  unacknowledged: ({ acknowledged }) => !acknowledged,
};

/** Counts the calls to the operator, and remembers those of the last ten minutes. */
class Tally {
  readonly beginMs: number;
  count = 0;
  highestRate = 0;
  /** When operators were called, from the first within the last ten minutes on; what is before is forgotten in time. */
  #timesMs: number[] = [];
  #first = 0;
  readonly #longestMs: Record<Waiting, number> = { active: 0, unacknowledged: 0 };

  constructor(beginMs: number) {
    this.beginMs = beginMs;
  }

  note(event: AlarmEvent, nowMs: number): void {
    const { transition, occurrence, atMs } = event;
    if (transition === 'returned' || transition === 'cleared') this.#keepLongest('active', occurrence, atMs);
    if (transition === 'acknowledged') this.#keepLongest('unacknowledged', occurrence, atMs);
    if (!isAnnunciation(event)) return;
    this.count++;
    this.#timesMs.push(nowMs);
    this.highestRate = Math.max(this.highestRate, this.currentRate(nowMs));
  }

  currentRate(nowMs: number): number {
    while ((this.#timesMs[this.#first] ?? nowMs) <= nowMs - rateMs) this.#first++;
    if (this.#first > this.#timesMs.length / 2) {
      this.#timesMs = this.#timesMs.slice(this.#first);
      this.#first = 0;
    }
    return this.#timesMs.length - this.#first;
  }

  /** Alarms per ten minutes; before ten minutes are over, so many as there were. */
  averageRate(nowMs: number): number {
    return this.count / Math.max(1, (nowMs - this.beginMs) / rateMs);
  }

  /** The longest that an occurrence has stood, or waited to be acknowledged, that of `standing` included. */
  longestMs(what: Waiting, standing: readonly AlarmOccurrence[], nowMs: number): number {
    for (const occurrence of standing) if (waits[what](occurrence)) this.#keepLongest(what, occurrence, nowMs);
    return this.#longestMs[what];
  }

  #keepLongest(what: Waiting, { raisedAtMs }: AlarmOccurrence, untilMs: number): void {
    this.#longestMs[what] = Math.max(this.#longestMs[what], untilMs - raisedAtMs);
  }
}
