import { AggregateFunction, type NodeId, makeNodeId, sameNodeId } from 'node-opcua';
import type { SignalType } from '../../../machine/signal.ts';
import type { AggregateSettings } from './configuration.ts';
import { type Figure, type Interval, infoBits, noData } from './figure.ts';
import { average, count, delta, edge, extreme, range, type Samples, spread, worstQuality } from './over-samples.ts';
import { type Course, duration, interpolative, timeAverage, total } from './over-time.ts';
import type { Track } from './track.ts';

type Computing =
  | { readonly over: 'samples'; readonly compute: (given: Samples) => Figure }
  | { readonly over: 'time'; readonly compute: (given: Course) => Figure };

/** One aggregate of OPC 10000-13 that this server answers. */
export type Aggregate = Computing & {
  readonly name: keyof typeof AggregateFunction;
  /** It calculates with numbers, or also with a Boolean as the share of true, or asks for nothing. */
  readonly needs: 'numbers' | 'sizes' | 'anything';
};

export const aggregates: readonly Aggregate[] = [
  { name: 'Interpolative', needs: 'anything', over: 'time', compute: interpolative },
  { name: 'Average', needs: 'sizes', over: 'samples', compute: average },
  { name: 'TimeAverage', needs: 'sizes', over: 'time', compute: timeAverage },
  { name: 'Total', needs: 'numbers', over: 'time', compute: total },
  { name: 'Minimum', needs: 'numbers', over: 'samples', compute: extreme('minimum') },
  { name: 'Maximum', needs: 'numbers', over: 'samples', compute: extreme('maximum') },
  { name: 'Range', needs: 'numbers', over: 'samples', compute: range },
  { name: 'Count', needs: 'anything', over: 'samples', compute: count },
  { name: 'Start', needs: 'anything', over: 'samples', compute: edge('start') },
  { name: 'End', needs: 'anything', over: 'samples', compute: edge('end') },
  { name: 'Delta', needs: 'numbers', over: 'samples', compute: delta },
  { name: 'DurationGood', needs: 'anything', over: 'time', compute: duration('good', 'ms') },
  { name: 'DurationBad', needs: 'anything', over: 'time', compute: duration('bad', 'ms') },
  { name: 'PercentGood', needs: 'anything', over: 'time', compute: duration('good', 'percent') },
  { name: 'PercentBad', needs: 'anything', over: 'time', compute: duration('bad', 'percent') },
  { name: 'WorstQuality', needs: 'anything', over: 'samples', compute: worstQuality },
  { name: 'StandardDeviationSample', needs: 'numbers', over: 'samples', compute: spread('deviation', true) },
  { name: 'StandardDeviationPopulation', needs: 'numbers', over: 'samples', compute: spread('deviation', false) },
  { name: 'VarianceSample', needs: 'numbers', over: 'samples', compute: spread('variance', true) },
  { name: 'VariancePopulation', needs: 'numbers', over: 'samples', compute: spread('variance', false) },
];

export function nodeIdOf({ name }: Aggregate): NodeId {
  return makeNodeId(AggregateFunction[name]);
}

export function aggregateOf(nodeId: NodeId): Aggregate | undefined {
  return aggregates.find((aggregate) => sameNodeId(nodeIdOf(aggregate), nodeId));
}

/** Whether the aggregate means something for signals of the type: numbers of states have no mean. */
export function suits({ needs }: Aggregate, type: SignalType): boolean {
  const isNumber = type === 'Double' || type === 'UInt16' || type === 'UInt32';
  return needs === 'anything' || isNumber || (needs === 'sizes' && type === 'Boolean');
}

/** The aggregate's figure for one interval of a track, which holds the interval and what lies within reach beside it. */
export function figureOf(aggregate: Aggregate, track: Track, interval: Interval, settings: AggregateSettings): Figure {
  const first = track.firstAt(interval.fromMs);
  const end = track.firstAt(interval.toMs);
  const endsInside = interval.isBackwards
    ? !track.isWithin(interval.highMs)
    : !track.isJoined(track.firstAt(interval.highMs) - 1);
  const isPartial = interval.isCut || endsInside || !track.isWithin(interval.lowMs);
  const partial = isPartial ? infoBits.partial : 0;
  if (aggregate.over === 'time') return aggregate.compute({ track, interval, first, end, settings, partial });
  if (first >= end) return noData(interval.beginMs);
  return aggregate.compute({ interval, samples: track.samples.slice(first, end), settings, partial });
}
