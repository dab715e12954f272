import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { z } from 'zod';
import { DiagnosticsReply, FramesReply } from '../../api/diagnostics-replies.ts';
import { need } from '../needs.ts';
import { startPlant, type Plant } from './plant.ts';
import { until } from './until.ts';

type Diagnostics = z.infer<typeof DiagnosticsReply>;
type Module = Diagnostics['modules'][number];
type Frame = z.infer<typeof FramesReply>['frames'][number];

describe('finding the culprit on the whole plant', function () {
  this.timeout(120_000);
  let plant: Plant;

  before(async () => {
    plant = await startPlant();
    await until('every module is verified', 30_000, async () => (await modules()).every(({ verified }) => verified));
  });
  after(async () => plant.stop());

  const diagnostics = async (): Promise<Diagnostics> => {
    const { status, body } = await plant.engineer.get<Diagnostics>('/diagnostics');
    assert.equal(status, 200);
    return DiagnosticsReply.parse(body);
  };
  const modules = async (): Promise<readonly Module[]> => (await diagnostics()).modules;
  const frames = async (line: string, last = 2_000): Promise<readonly Frame[]> => {
    const { status, body } = await plant.engineer.get<z.infer<typeof FramesReply>>(
      `/diagnostics/frames?line=${line}&last=${last}`,
    );
    assert.equal(status, 200);
    return FramesReply.parse(body).frames;
  };
  const metric = async (name: string, module: string): Promise<number | null> => {
    const text = await (await fetch(`${plant.http}/metrics`)).text();
    const found = new RegExp(`^tve_${name}\\{module="${module}",line="\\w+"\\} (\\S+)$`, 'mu').exec(text)?.[1];
    return found === undefined ? null : Number(found);
  };

  it('tells the lines: where they go, that they are open, and their load by plan and as measured', async () => {
    const { value: lines } = await until('a measured load', 10_000, async () => {
      const { lines } = await diagnostics();
      return lines?.every(({ load }) => load.measuredPercent !== null) && lines;
    });
    const [rtu0, tcp0] = lines;
    assert.ok(rtu0 !== undefined && tcp0 !== undefined);
    assert.deepEqual(
      [rtu0.id, rtu0.transport, rtu0.baudRate, rtu0.state, rtu0.nextTry, rtu0.modules],
      ['rtu0', 'rtu-over-tcp', 115_200, 'open', null, ['ai1', 'drive1', 'drive2']],
    );
    assert.match(rtu0.where, /^127\.0\.0\.1:\d+$/u);
    assert.deepEqual([tcp0.id, tcp0.transport, tcp0.baudRate, tcp0.modules], ['tcp0', 'tcp', null, ['dio1', 'ssr1']]);
    // See the table of requests below: 8 reads in 250 ms, 2 watchdog checks in 5 s, at most 4 writes in 250 ms.
    assert.equal(rtu0.load.words, 'The plan uses 29 % of 115,200 baud: 17 % for polls, up to 11 % for writes');
    assert.equal(rtu0.load.warning, null);
    for (const { load } of lines) assert.ok((load.measuredPercent ?? 0) > 0 && (load.measuredPercent ?? 0) <= 100);
  });

  it('tells the plan of the serial line as it follows from the configuration, and asks nothing else', async () => {
    const onSerial = (await modules()).filter(({ line }) => line === 'rtu0');
    const drive = [
      ['inputs', 4, 0, 4, 250],
      ['outputs', 3, 0, 2, 250],
    ];
    assert.deepEqual(
      Object.fromEntries(
        onSerial.map(({ id, blocks }) => [
          id,
          blocks?.map(({ reads, functionCode, address, count, periodMs }) => [
            reads,
            functionCode,
            address,
            count,
            periodMs,
          ]),
        ]),
      ),
      {
        ai1: [
          ['inputs', 4, 0, 4, 250],
          ['inputs', 4, 8, 1, 250],
        ],
        drive1: drive,
        drive2: drive,
      },
    );
    const asked = (await frames('rtu0')).filter(
      ({ direction, functionCode }) => direction === 'sent' && (functionCode ?? 0) <= 4,
    );
    const planned = new Set(
      onSerial.flatMap(({ unit, watchdog, blocks = [] }) => [
        ...blocks.map(({ functionCode, address, count }) => `${unit} ${functionCode} ${address} ${count}`),
        ...(watchdog === 'none' ? [] : [`${unit} 3 10 1`]),
      ]),
    );
    for (const { unit, functionCode, address, count } of asked) {
      assert.ok(
        planned.has(`${unit} ${functionCode} ${address} ${count}`),
        `${unit} ${functionCode} ${address} ${count}`,
      );
    }
    assert.ok(asked.length > 10);
  });

  it('shows the write of an output and its read-back, in this order', async () => {
    assert.equal((await plant.engineer.post('/machine/mode', { mode: 'MANUAL' })).status, 200);
    assert.equal((await plant.engineer.put('/signals/fan.nozzle', { value: 37 })).status, 200);
    const seen = await frames('tcp0');
    const write = seen.findLastIndex(
      ({ direction, functionCode, values }) => direction === 'sent' && functionCode === 6 && values?.[0] === 370,
    );
    assert.ok(write >= 0, 'the write');
    const { unit, address, exchange, words } = seen[write] ?? {};
    const echo = seen.findIndex((frame) => frame.exchange === exchange && frame.direction === 'received');
    assert.equal(echo, write + 1);
    assert.equal(seen[echo]?.words, words);
    assert.ok((seen[echo]?.latencyMs ?? 0) > 0);
    const readBack = seen.findIndex(
      (frame, at) =>
        at > echo &&
        frame.direction === 'received' &&
        frame.unit === unit &&
        frame.functionCode === 3 &&
        frame.address !== null &&
        frame.values?.[(address ?? 0) - frame.address] === 370,
    );
    assert.ok(readBack > echo, 'the read-back');
    await plant.engineer.post('/machine/mode', { mode: 'AUTO' });
  });

  it('gives the frames as a file that Wireshark takes for Modbus', async function () {
    need(this, 'tshark');
    const folder = await mkdtemp(path.join(tmpdir(), 'tve-frames-'));
    try {
      for (const [line, preferences, protocol] of [
        ['tcp0', [], 'Modbus/TCP'],
        ['rtu0', ['-o', 'mbrtu.tcp.port:1502', '-o', 'mbrtu.crc_verification:TRUE'], 'Modbus RTU'],
      ] as const) {
        const file = path.join(folder, `${line}.pcap`);
        await writeFile(file, await plant.engineer.download(`/diagnostics/frames.pcap?line=${line}&last=100`));
        const fields = ['-Y', 'tcp.len > 0', '-T', 'fields', '-e', '_ws.col.Protocol', '-e', '_ws.col.Info'];
        const { stdout } = spawnSync('tshark', ['-r', file, ...preferences, ...fields], { encoding: 'utf8' });
        const rows = stdout.trim().split('\n');
        assert.equal(rows.length, 100);
        for (const row of rows) assert.match(row, new RegExp(`^${protocol}\t *(Query|Response): .*Func: `, 'u'));
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('tells a module that is cut off everywhere alike, with line, unit, function and range', async () => {
    const before = Date.now();
    const fault = await plant.fault('drive2', 'silent');
    const { value: module } = await until('drive2 is demoted', 10_000, async () =>
      (await modules()).find(({ id, demoted }) => id === 'drive2' && demoted),
    );
    const culprit = /^rtu0 unit 3 FC\d\d (input|holding|coil|discrete) \d+(…\d+)?: no reply within \d+ ms$/u;
    assert.match(module.lastError ?? '', culprit);
    assert.ok(Date.parse(module.lastErrorAt ?? '') >= before);
    assert.equal(module.standing, 'demoted');
    assert.ok(Date.parse(module.standingSince ?? '') >= before);
    assert.equal(module.verified, false);
    assert.ok(module.timeouts >= 3 && module.failures >= module.timeouts);
    for (const other of await modules()) if (other.id !== 'drive2') assert.equal(other.standing, 'healthy', other.id);

    await until('the metric', 5_000, async () => (await metric('modbus_demoted', 'drive2')) === 1);
    assert.equal(await metric('modbus_demoted', 'drive1'), 0);
    assert.ok(((await metric('modbus_timeouts', 'drive2')) ?? 0) >= 3);

    // The alarm rings before three requests have gone unanswered, and says more with its next event, the trip.
    let explanation = '';
    await until(
      'the alarm says so, too',
      10_000,
      async () => {
        explanation = (await plant.alarms()).find(({ id }) => id === 'DRIVE2_COMMS_LOST')?.explanation ?? '';
        return /from module drive2\. It is demoted: .* Last error: rtu0 unit 3 FC\d\d /u.test(explanation);
      },
      () => explanation,
    );

    // on a busy computer another unit may have missed its time once, too
    const unanswered = (await frames('rtu0')).filter(({ unit, marks }) => unit === 3 && marks.includes('unanswered'));
    assert.ok(unanswered.length >= 3, `${unanswered.length} frames of drive2 without an answer`);
    await plant.repair(fault);
    await until('drive2 is healthy again', 10_000, async () =>
      (await modules()).some(({ id, standing }) => id === 'drive2' && standing === 'healthy'),
    );
  });

  it('is for engineers: operators see none of it', async () => {
    for (const route of ['/diagnostics', '/diagnostics/frames?line=rtu0', '/diagnostics/frames.pcap?line=rtu0']) {
      assert.equal((await plant.operator.get(route)).status, 403, route);
    }
    assert.equal((await plant.engineer.get('/diagnostics/frames?line=rtu9')).status, 404);
  });

  it('answers 503 for frames while the control process is away, and tells the rest of the diagnostics', async () => {
    process.kill(plant.pid('control'), 'SIGSTOP');
    try {
      const { status, body } = await plant.engineer.get<{ code: string }>('/diagnostics/frames?line=rtu0');
      assert.deepEqual([status, body.code], [503, 'CONTROL_UNAVAILABLE']);
      const told = await diagnostics();
      assert.equal(told.lines, null);
      assert.equal(told.modules.length, 5);
    } finally {
      process.kill(plant.pid('control'), 'SIGCONT');
    }
    await until(
      'the frames are back',
      20_000,
      async () => (await plant.engineer.get('/diagnostics/frames?line=rtu0')).status === 200,
    );
  });
});
