import type { OutputChannel } from '../declaration.ts';
import { DrivePoint } from './drive-point.ts';
import type { OutputPoint } from './output-point.ts';
import { BitPoint, FieldPoint, RegisterPoint } from './value-points.ts';

/** How an output of this kind is written and read back. */
export function outputPoint(signal: string, channel: OutputChannel): OutputPoint {
  switch (channel.kind) {
    case 'register':
      return new RegisterPoint(signal, channel);
    case 'bit-field':
      return new FieldPoint(signal, channel);
    case 'coil':
      return new BitPoint(signal, 'coil', channel.address, 0);
    case 'drive-bit':
      return new BitPoint(signal, 'holding', channel.control, channel.bit);
    case 'drive-speed':
    case 'drive-command':
      return new DrivePoint(signal, channel);
    default:
      throw new RangeError(`${signal}: unknown kind of output`);
  }
}
