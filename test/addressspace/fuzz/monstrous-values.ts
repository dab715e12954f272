import type { Dice } from '../../drivers/campaign/dice.ts';
import { numericId, text, uint32 } from './ua-wire.ts';

/** A request whose parameters are too deep or too large. */
export interface Monster {
  readonly typeId: number;
  readonly parameters: Buffer;
}

const none = uint32(0xffff_ffff);
/** Binary type ids (OPC 10000-6, A.3). */
const requests = { read: 631, write: 673, call: 712, browse: 527, createMonitoredItems: 751, queryFirst: 615 } as const;
const filters = { dataChange: 724, event: 727, range: 886, contentElement: 588, literalOperand: 597 } as const;
const types = { dataValue: 23, variant: 24, extensionObject: 22, int32: 6, string: 12, byteString: 15 } as const;
const isArray = 0x80;

const node = Buffer.concat([Buffer.from([3, 1, 0]), text('heater.zone1.setpoint')]);
const readValueId = Buffer.concat([node, uint32(13), none, Buffer.from([0, 0]), none]);

/** WriteRequest of one node with this value. */
function written(value: Buffer): Monster {
  const dataValue = Buffer.concat([Buffer.from([1]), value]);
  return {
    typeId: requests.write,
    parameters: Buffer.concat([uint32(1), node, uint32(13), none, dataValue]),
  };
}

/** CreateMonitoredItemsRequest of one item with this filter. */
function monitored(filter: Buffer): Monster {
  const parameters = Buffer.concat([uint32(1), Buffer.alloc(8), filter, uint32(10), Buffer.from([1])]);
  return {
    typeId: requests.createMonitoredItems,
    parameters: Buffer.concat([uint32(1, 2, 1), readValueId, uint32(2), parameters]),
  };
}

function extensionObject(typeId: number, body: Buffer): Buffer {
  return Buffer.concat([numericId(typeId), Buffer.from([1]), uint32(body.length), body]);
}

function repeated(piece: Buffer, times: number, end: Buffer): Buffer {
  return Buffer.concat([...Array.from({ length: times }, () => piece), end]);
}

const nothing = Buffer.from([0]);
const depths = [50, 200, 5_000, 60_000];

/** Values in values. */
export const bottomless: Readonly<Record<string, (dice: Dice) => Monster>> = {
  'variants in variants': (dice) =>
    written(repeated(Buffer.concat([Buffer.from([types.variant | isArray]), uint32(1)]), dice.choose(depths), nothing)),
  'data values in variants': (dice) =>
    written(repeated(Buffer.from([types.dataValue, 1]), dice.choose([...depths, 500_000]), nothing)),
  'extension objects in variants': (dice) => {
    let body = Buffer.from([0]);
    // each is written around the one before it
    for (let depth = Math.min(400, dice.choose(depths)); depth > 0; depth--)
      body = Buffer.concat([Buffer.from([types.extensionObject]), extensionObject(filters.literalOperand, body)]);
    return written(body);
  },
  'diagnostics in diagnostics': (dice) =>
    written(
      Buffer.concat([Buffer.from([25]), repeated(Buffer.from([0x40]), dice.choose([...depths, 1_000_000]), nothing)]),
    ),
  'an event filter with operands in operands': (dice) => {
    let operand = extensionObject(filters.literalOperand, Buffer.from([0]));
    for (let depth = Math.min(300, dice.choose(depths)); depth > 0; depth--) {
      const element = Buffer.concat([uint32(1), uint32(1), operand]);
      operand = extensionObject(filters.contentElement, element);
    }
    return monitored(
      extensionObject(filters.event, Buffer.concat([uint32(0), uint32(1), uint32(1), uint32(1), operand])),
    );
  },
};

const wishes = [10_001, 65_536, 16_777_216, 0x7fff_ffff, 0xffff_fffe];

/** Arrays and texts that are large, or say that they are. */
export const huge: Readonly<Record<string, (dice: Dice) => Monster>> = {
  'an array that says it is large': (dice) =>
    written(Buffer.concat([Buffer.from([types.int32 | isArray]), uint32(dice.choose(wishes)), Buffer.alloc(16)])),
  'an array that is large': (dice) =>
    written(
      Buffer.concat([
        Buffer.from([types.int32 | isArray]),
        uint32(500_000),
        Buffer.alloc(2_000_000, dice.between(0, 255)),
      ]),
    ),
  'a text that says it is long': (dice) =>
    written(Buffer.concat([Buffer.from([types.string]), uint32(dice.choose(wishes)), Buffer.alloc(16, 65)])),
  'a text that is long': () => written(Buffer.concat([Buffer.from([types.string]), text('a'.repeat(3_000_000))])),
  'bytes without end': () =>
    written(Buffer.concat([Buffer.from([types.byteString]), uint32(3_500_000), Buffer.alloc(3_500_000)])),
  'dimensions that multiply': () =>
    written(
      Buffer.concat([
        Buffer.from([types.int32 | isArray | 0x40]),
        uint32(1, 7),
        uint32(4, 0x7fff_ffff, 0x7fff_ffff, 0x7fff_ffff, 0x7fff_ffff),
      ]),
    ),
  'nodes to read beyond the limit': (dice) => {
    const count = dice.choose([5_001, 20_000]);
    return {
      typeId: requests.read,
      parameters: Buffer.concat([Buffer.alloc(8), uint32(2, count), repeated(readValueId, count, Buffer.alloc(0))]),
    };
  },
  'nodes to read that are not there': (dice) => ({
    typeId: requests.read,
    parameters: Buffer.concat([Buffer.alloc(8), uint32(2, dice.choose(wishes)), readValueId]),
  }),
  'methods without end': (dice) => ({
    typeId: requests.call,
    parameters: Buffer.concat([
      uint32(dice.choose([51, ...wishes])),
      repeated(Buffer.concat([node, node, none]), 51, nothing),
    ]),
  }),
  'nodes to browse beyond the limit': () => {
    const browse = Buffer.concat([Buffer.from([0, 84]), uint32(2), Buffer.from([0, 0, 1]), uint32(0, 63)]);
    const view = Buffer.concat([Buffer.from([0, 0]), Buffer.alloc(8), uint32(0)]);
    return {
      typeId: requests.browse,
      parameters: Buffer.concat([view, uint32(0, 5_000), repeated(browse, 5_000, Buffer.alloc(0))]),
    };
  },
  'a filter of the wrong kind': (dice) =>
    monitored(extensionObject(dice.choose([filters.range, filters.event, 1, 65_000]), dice.bytes(16))),
  'an event filter with clauses without end': (dice) =>
    monitored(extensionObject(filters.event, Buffer.concat([uint32(dice.choose(wishes)), dice.bytes(40)]))),
  'a query with clauses without end': (dice) => ({
    typeId: requests.queryFirst,
    parameters: Buffer.concat([Buffer.from([0, 0]), Buffer.alloc(12), uint32(dice.choose(wishes)), dice.bytes(60)]),
  }),
};
