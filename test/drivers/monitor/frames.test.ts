import assert from 'node:assert/strict';
import fc from 'fast-check';
import { framesOf } from '../../../drivers/monitor/frames.ts';
import { anyTrace, ascii, mbap, rtu, type Step, traceOf } from './traces.ts';

/** What went over the line, and what each frame says of it. */
type Told = readonly [title: string, steps: readonly Step[], words: readonly string[]];

const tcp: readonly Told[] = [
  [
    'a read and its reply',
    [['sent', mbap(1, '01 04 0000 0004')], ['received', mbap(1, '01 04 08 00c8 00c9 ffff 0000')], ['answered']],
    ['unit 1 FC04 read input registers 0…3', 'unit 1 FC04 read input registers 0…3: 200 201 65535 0'],
  ],
  [
    'bits, without those that only fill their byte',
    [['sent', mbap(1, '01 01 0005 0003')], ['received', mbap(1, '01 01 01 fd')], ['answered']],
    ['unit 1 FC01 read coils 5…7', 'unit 1 FC01 read coils 5…7: 1 0 1'],
  ],
  [
    'a write and its read-back, in this order',
    [
      ['sent', mbap(7, '02 06 0001 012c')],
      ['received', mbap(7, '02 06 0001 012c')],
      ['answered'],
      ['sent', mbap(8, '02 03 0001 0001')],
      ['received', mbap(8, '02 03 02 012c')],
      ['answered'],
    ],
    [
      'unit 2 FC06 write single register 1: 300',
      'unit 2 FC06 write single register 1: 300',
      'unit 2 FC03 read holding registers 1',
      'unit 2 FC03 read holding registers 1: 300',
    ],
  ],
  [
    'writes of several',
    [
      ['sent', mbap(1, '02 10 0004 0002 04 42f6 e979')],
      ['received', mbap(1, '02 10 0004 0002')],
      ['answered'],
      ['sent', mbap(2, '02 0f 0000 000a 02 cd01')],
      ['received', mbap(2, '02 0f 0000 000a')],
      ['answered'],
      ['sent', mbap(3, '02 05 0003 ff00')],
      ['received', mbap(3, '02 05 0003 ff00')],
      ['answered'],
    ],
    [
      'unit 2 FC16 write multiple registers 4…5: 17142 59769',
      'unit 2 FC16 write multiple registers 4…5',
      'unit 2 FC15 write multiple coils 0…9: 1 0 1 1 0 0 1 1 1 0',
      'unit 2 FC15 write multiple coils 0…9',
      'unit 2 FC05 write single coil 3: 1',
      'unit 2 FC05 write single coil 3: 1',
    ],
  ],
  [
    'a mask write: its masks, and one that is not answered',
    [
      ['sent', mbap(1, '02 16 0005 fffe 0001')],
      ['received', mbap(1, '02 16 0005 fffe 0001')],
      ['answered'],
      ['sent', mbap(2, '02 16 0005 fffe 0000')],
      ['silent'],
    ],
    [
      'unit 2 FC22 mask write register 5: AND 0xFFFE OR 0x0001',
      'unit 2 FC22 mask write register 5: AND 0xFFFE OR 0x0001',
      'unit 2 FC22 mask write register 5: AND 0xFFFE OR 0x0000 (not answered)',
    ],
  ],
  [
    'a write and read in one: where it writes and where it reads, and one that is not answered',
    [
      ['sent', mbap(1, '02 17 0003 0002 000a 0003 06 00c8 00c9 00ca')],
      ['received', mbap(1, '02 17 04 012c 012d')],
      ['answered'],
      ['sent', mbap(2, '02 17 0003 0001 0003 0001 02 00c8')],
      ['received', mbap(2, '02 97 02')],
      ['answered'],
      ['sent', mbap(3, '02 17 0003 0001 0003 0001 02 00c8')],
      ['silent'],
    ],
    [
      'unit 2 FC23 read and write registers 3…4, writing 10…12: 200 201 202',
      'unit 2 FC23 read and write registers 3…4: 300 301',
      'unit 2 FC23 read and write registers 3, writing 3: 200',
      'unit 2 FC23 read and write registers 3: exception 2, illegal data address',
      'unit 2 FC23 read and write registers 3, writing 3: 200 (not answered)',
    ],
  ],
  [
    'an exception, with the range that it refuses',
    [['sent', mbap(1, '01 04 0008 0002')], ['received', mbap(1, '01 84 02')], ['answered']],
    ['unit 1 FC04 read input registers 8…9', 'unit 1 FC04 read input registers 8…9: exception 2, illegal data address'],
  ],
  [
    'a reply that comes when its request was given up, before the next one and after it',
    [
      ['sent', mbap(1, '01 04 0000 0001')],
      ['silent'],
      ['received', mbap(1, '01 04 02 0001')],
      ['sent', mbap(2, '01 04 0001 0001')],
      ['silent'],
      ['sent', mbap(3, '01 04 0002 0001')],
      ['received', mbap(2, '01 04 02 0002') + mbap(3, '01 04 02 0003')],
      ['answered'],
    ],
    [
      'unit 1 FC04 read input registers 0 (not answered)',
      'unit 1 FC04 read input registers 0: 1 (came late)',
      'unit 1 FC04 read input registers 1 (not answered)',
      'unit 1 FC04 read input registers 2',
      'unit 1 FC04 read input registers 1: 2 (came late)',
      'unit 1 FC04 read input registers 2: 3',
    ],
  ],
  [
    'a reply of another unit, of which nothing was used',
    [['sent', mbap(1, '01 04 0000 0001')], ['received', mbap(1, '02 04 02 0001')], ['refused']],
    ['unit 1 FC04 read input registers 0', 'unit 2 FC04 read input registers 0: 1 (not what was asked: not used)'],
  ],
  [
    'noise, and a connection that breaks off in a frame',
    [
      ['sent', mbap(1, '01 04 0000 0001')],
      ['received', '48545450 2f312e31 20343030'],
      ['lost'],
      ['opened'],
      ['sent', mbap(1, '01 04 0000 0001')],
      ['received', mbap(1, '01 04 02 0001').slice(0, -2)],
      ['lost'],
    ],
    [
      'unit 1 FC04 read input registers 0 (not answered)',
      '12 bytes (no Modbus frame)',
      'unit 1 FC04 read input registers 0 (not answered)',
      '10 bytes (broken off)',
    ],
  ],
  [
    'a reply to a transaction that was never asked',
    [['sent', mbap(1, '01 04 0000 0001')], ['received', mbap(9, '01 04 02 0001')], ['lost']],
    [
      'unit 1 FC04 read input registers 0 (not answered)',
      'unit 1 FC04 read input registers: 1 (answers nothing that was asked)',
    ],
  ],
  [
    'no reply whose request was before the trace begins',
    [['received', mbap(5, '01 04 02 0001')], ['answered'], ['sent', mbap(6, '01 04 0000 0001')]],
    ['unit 1 FC04 read input registers 0'],
  ],
];

const serial: readonly Told[] = [
  [
    'a read and its reply, with noise before it',
    [['sent', rtu('01 04 0000 0002')], ['received', `ff00${rtu('01 04 04 00c8 00c9')}`], ['answered']],
    [
      'unit 1 FC04 read input registers 0…1',
      '2 bytes (no Modbus frame)',
      'unit 1 FC04 read input registers 0…1: 200 201',
    ],
  ],
  [
    'functions 22 and 23 on a line where nothing numbers them',
    [
      ['sent', rtu('02 16 0005 fffe 0001')],
      ['received', rtu('02 16 0005 fffe 0001')],
      ['answered'],
      ['sent', rtu('02 17 0003 0001 0003 0001 02 00c8')],
      ['received', rtu('02 17 02 00c8')],
      ['answered'],
    ],
    [
      'unit 2 FC22 mask write register 5: AND 0xFFFE OR 0x0001',
      'unit 2 FC22 mask write register 5: AND 0xFFFE OR 0x0001',
      'unit 2 FC23 read and write registers 3, writing 3: 200',
      'unit 2 FC23 read and write registers 3: 200',
    ],
  ],
  [
    'a wrong CRC, with what the frame would say',
    [['sent', rtu('01 04 0000 0001')], ['received', '01 04 02 00c8 0000'], ['silent']],
    ['unit 1 FC04 read input registers 0 (not answered)', 'unit 1 FC04 read input registers: 200 (wrong checksum)'],
  ],
  [
    'a late reply between others: the newest request of its unit and function has it',
    [
      ['sent', rtu('01 04 0000 0001')],
      ['silent'],
      ['sent', rtu('01 03 000a 0001')],
      ['received', rtu('01 04 02 0007') + rtu('01 03 02 03e8')],
      ['answered'],
    ],
    [
      'unit 1 FC04 read input registers 0 (not answered)',
      'unit 1 FC03 read holding registers 10',
      'unit 1 FC04 read input registers 0: 7 (came late)',
      'unit 1 FC03 read holding registers 10: 1000',
    ],
  ],
  [
    'a reply that breaks off',
    [['sent', rtu('01 04 0000 0002')], ['received', '01 04 04 00'], ['silent']],
    ['unit 1 FC04 read input registers 0…1 (not answered)', '4 bytes (broken off)'],
  ],
  [
    'a late reply that comes through the next connection',
    [['sent', rtu('01 04 0000 0001')], ['silent'], ['opened'], ['received', rtu('01 04 02 0007')]],
    ['unit 1 FC04 read input registers 0 (not answered)', 'unit 1 FC04 read input registers 0: 7 (came late)'],
  ],
];

const window: readonly Told[] = [
  [
    'several requests under way, each with its own reply and its own end',
    [
      ['sent', mbap(1, '01 04 0000 0001')],
      ['sent', mbap(2, '01 04 0001 0001')],
      ['sent', mbap(3, '01 04 0002 0001')],
      ['received', mbap(3, '01 04 02 0003') + mbap(1, '02 04 02 0001')],
      ['answered', 2],
      ['refused', 0],
      ['silent', 1],
      ['received', mbap(2, '01 04 02 0002')],
    ],
    [
      'unit 1 FC04 read input registers 0',
      'unit 1 FC04 read input registers 1 (not answered)',
      'unit 1 FC04 read input registers 2',
      'unit 1 FC04 read input registers 2: 3',
      'unit 2 FC04 read input registers 0: 1 (not what was asked: not used)',
      'unit 1 FC04 read input registers 1: 2 (came late)',
    ],
  ],
  [
    'requests that leave together',
    [
      ['sent', mbap(1, '01 04 0000 0001') + mbap(2, '01 04 0001 0001')],
      ['received', mbap(2, '01 04 02 0002')],
      ['answered'],
    ],
    [
      'unit 1 FC04 read input registers 0',
      'unit 1 FC04 read input registers 1',
      'unit 1 FC04 read input registers 1: 2',
    ],
  ],
];

const text: readonly Told[] = [
  [
    'a read and its reply, with noise before it and a broken frame',
    [
      ['sent', ascii('01 04 0000 0002')],
      ['received', `ff00${ascii('01 04 04 00c8 00c9')}`],
      ['answered'],
      ['sent', ascii('01 04 0000 0001')],
      ['received', ascii('01 04 02 00c8').replace('4338', '4339')],
      ['silent'],
      ['sent', ascii('01 04 0000 0001')],
      ['received', ascii('01 04 02 00c8').slice(0, -8)],
      ['silent'],
    ],
    [
      'unit 1 FC04 read input registers 0…1',
      '2 bytes (no Modbus frame)',
      'unit 1 FC04 read input registers 0…1: 200 201',
      'unit 1 FC04 read input registers 0 (not answered)',
      'unit 1 FC04 read input registers: 201 (wrong checksum)',
      'unit 1 FC04 read input registers 0 (not answered)',
      '11 bytes (broken off)',
    ],
  ],
];

describe('the frames of a line', () => {
  for (const [framing, cases] of [
    ['tcp', [...tcp, ...window]],
    ['udp', window],
    ['rtu', serial],
    ['ascii', text],
  ] as const) {
    for (const [title, steps, words] of cases) {
      it(`tell ${title}, by ${framing.toUpperCase()}`, () => {
        assert.deepEqual(
          framesOf(traceOf(steps), framing).map((frame) => frame.words),
          words,
        );
      });
    }
  }

  it('bear what programs need: time, bytes, range, pairing and latency', () => {
    const steps: Step[] = [
      ['opened'],
      ['sent', mbap(3, '01 04 0000 0002')],
      ['received', mbap(3, '01 04 04 00c8 00c9')],
      ['answered'],
    ];
    const [request, reply] = framesOf(traceOf(steps), 'tcp');
    assert.ok(request !== undefined && reply !== undefined);
    const { bytes, words: _words, ...rest } = reply;
    assert.equal(Buffer.from(bytes).toString('hex'), mbap(3, '01 04 04 00c8 00c9'));
    assert.deepEqual(rest, {
      atMs: 1_763_000_000_020,
      direction: 'received',
      exchange: 128,
      transaction: 3,
      crc: null,
      unit: 1,
      functionCode: 4,
      area: 'input',
      address: 0,
      count: 2,
      values: [200, 201],
      exception: null,
      latencyMs: 10,
      marks: [],
    });
    assert.deepEqual([request.exchange, request.direction, request.latencyMs], [128, 'sent', null]);
  });

  for (const framing of ['tcp', 'udp', 'rtu', 'ascii'] as const) {
    it(`hold every byte once and in order, whatever went over the line, by ${framing.toUpperCase()}`, () => {
      fc.assert(
        fc.property(anyTrace, (records) => {
          const first = records.findIndex(({ kind }) => kind === 'sent' || kind === 'opened');
          const carried = Buffer.concat(records.slice(Math.max(0, first)).map(({ bytes }) => bytes));
          const frames = framesOf(records, framing);
          assert.deepEqual(Buffer.concat(frames.map(({ bytes }) => bytes)), carried);
          for (const { words, values, latencyMs } of frames) {
            assert.ok(words.length > 0);
            assert.ok(
              values === null || values.every((value) => Number.isInteger(value) && value >= 0 && value <= 0xffff),
            );
            assert.ok(latencyMs === null || latencyMs >= 0);
          }
        }),
        { numRuns: 1_000 },
      );
    });
  }
});
