import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';

import type { AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import type { CommandAction, Principal } from '../../machine/commands/command.ts';
import { OwnAlarms } from '../../server/gateway/own-alarms.ts';
import { factoryMachine } from '../machine/factory.ts';
import { engineer, observer, operator } from '../machine/rig.ts';

const shelve: CommandAction = { name: 'shelve', alarm: 'DISK_LOW', minutes: 30, reason: 'new disk is on order' };

describe('the alarms of the gateway', () => {
  let folder: string;
  let own: OwnAlarms;
  let standing: readonly AlarmOccurrence[];
  let journal: AlarmEvent[];

  const open = async (): Promise<void> => {
    own = await OwnAlarms.open({
      declaration: factoryMachine(),
      dataDir: folder,
      journal: {
        append: async (event) => void journal.push(event),
        list: async () => ({ items: [], next: null }),
        beginMs: async () => null,
      },
      onEvent: () => undefined,
      onStanding: (list) => (standing = list),
      log: pino({ level: 'silent' }),
    });
  };
  const ask = (action: CommandAction, principal: Principal = operator) =>
    own.decide({ action, principal, origin: 'rest', station: '10.0.0.7' }, 'IDLE');
  const codesOf = (answer: ReturnType<typeof ask>): string[] =>
    answer === null || answer.outcome.accepted ? [] : answer.outcome.reasons.map(({ code }) => code);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tve-own-alarms-'));
    journal = [];
    await open();
  });
  afterEach(async () => {
    await own.close();
    await rm(folder, { recursive: true });
  });

  it('are no matter of commands on the machine, or on its alarms', () => {
    assert.equal(ask({ name: 'stop' }), null);
    assert.equal(ask({ ...shelve, alarm: 'MOTOR_WARM' }), null);
  });

  it('are shelved, put back and taken out of service by the same rules as the machine’s', async () => {
    own.report({ DISK_LOW: { stands: true, value: '90 %' } });
    assert.deepEqual(codesOf(ask(shelve, observer)), ['NOT_PERMITTED']);
    assert.deepEqual(codesOf(ask({ ...shelve, minutes: 481 })), ['OUT_OF_RANGE']);
    assert.deepEqual(codesOf(ask({ ...shelve, alarm: 'CONTROL_LOST' })), ['NOT_PERMITTED']);
    assert.deepEqual(codesOf(ask({ ...shelve, occurrenceId: 'another' })), ['OTHER_OCCURRENCE']);
    assert.equal(ask(shelve)?.outcome.accepted, true);
    assert.equal(standing[0]?.state, 'shelved');
    assert.equal(ask({ name: 'unshelve', alarm: 'DISK_LOW' })?.outcome.accepted, true);
    assert.equal(standing[0]?.state, 'unacknowledged');
    const out = { name: 'setInService', alarm: 'DISK_LOW', inService: false, reason: 'probe' } as const;
    assert.deepEqual(codesOf(ask(out)), ['NOT_PERMITTED']);
    assert.equal(ask(out, engineer)?.outcome.accepted, true);
    assert.equal(standing[0]?.state, 'out-of-service');
    await own.close();
    assert.deepEqual(
      journal.map(({ transition, actor, station }) => [transition, actor, station]),
      [
        ['raised', null, undefined],
        ['shelved', 'olga', '10.0.0.7'],
        ['unshelved', 'olga', '10.0.0.7'],
        ['out-of-service', 'erik', '10.0.0.7'],
      ],
    );
  });

  it('answer with the decided command, for the audit', () => {
    own.report({ DISK_LOW: { stands: true } });
    const answer = ask({ name: 'acknowledge', alarm: 'DISK_LOW', comment: 'seen' });
    assert.deepEqual(
      [answer?.isDecided, answer?.command.station, answer?.outcome.accepted, answer?.outcome.state],
      [true, '10.0.0.7', true, 'IDLE'],
    );
    const again = ask({ name: 'acknowledge', alarm: 'DISK_LOW' })?.outcome;
    assert.equal(again?.accepted === true && again.note, 'DISK_LOW has been acknowledged already.');
  });

  it('stay shelved over a restart', async () => {
    own.report({ DISK_LOW: { stands: true } });
    ask(shelve);
    await own.close();
    const before = standing;
    await open();
    own.report({ DISK_LOW: { stands: true } });
    assert.deepEqual(standing, before);
  });

  it('are found again in a file from before there were shelves and explanations', async () => {
    own.report({ DISK_LOW: { stands: true } });
    const alarms = standing.map(({ shelf: _shelf, explanation: _explanation, ...older }) => older);
    await own.close();
    await writeFile(path.join(folder, 'gateway-alarms.json'), JSON.stringify({ version: 1, alarms, waiting: [] }));
    await open();
    assert.equal(standing[0]?.shelf, null);
    assert.equal(standing[0]?.explanation, `${alarms[0]?.text}. ${alarms[0]?.response}`);
  });
});
