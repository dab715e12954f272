import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';

import type { AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import type { CommandRequest } from '../../machine/ports.ts';
import { KeptAcknowledgements } from '../../server/gateway/kept-acknowledgements.ts';
import { Mirror } from '../../server/gateway/mirror.ts';
import { estop } from '../api/fake-machine.ts';
import { factoryMachine } from '../machine/factory.ts';
import { observer, operator } from '../machine/rig.ts';

const log = pino({ level: 'silent' });

const request = (occurrenceId?: string, principal = operator): CommandRequest => ({
  action: {
    name: 'acknowledge',
    alarm: 'ESTOP',
    comment: 'seen',
    ...(occurrenceId !== undefined && { occurrenceId }),
  },
  principal,
  origin: 'rest',
  station: '10.0.0.7',
});

describe('acknowledgements given while the control process is away', () => {
  let folder: string;
  let mirror: Mirror;
  let kept: KeptAcknowledgements;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tve-kept-'));
    mirror = new Mirror(factoryMachine(), log, 0);
    kept = await KeptAcknowledgements.open(folder, mirror, log);
  });
  afterEach(async () => rm(folder, { recursive: true }));

  const standing = (...alarms: AlarmOccurrence[]): void =>
    mirror.apply({ seq: 1, updates: [], status: mirror.status, alarms, merged: 0 });

  /** What is handed over, each answered as decided or not. */
  async function delivered(isDecided: boolean, from = kept): Promise<CommandRequest[]> {
    const asked: CommandRequest[] = [];
    await from.deliver(async (each) => {
      asked.push(each);
      const outcome = { accepted: true, commandId: 'x', state: 'ALARM' } as const;
      return { command: { ...each, id: 'x' }, outcome, isDecided };
    });
    return asked;
  }

  it('are kept, said to be so, and delivered once for the occurrence that was seen, by who gave them', async () => {
    standing(estop);
    mirror.controlLost(1);
    const answer = await kept.keep(request());
    assert.ok(answer?.outcome.accepted === true);
    assert.match(answer.outcome.note ?? '', /kept, and delivered/);
    assert.equal(answer.outcome.after, 'kept');
    assert.deepEqual(await delivered(true), [request(estop.occurrenceId)]);
    assert.deepEqual(await delivered(true), []);
  });

  it('wait on when the control process goes away again before it has decided, and over a restart', async () => {
    standing(estop);
    mirror.controlLost(1);
    await kept.keep(request());
    assert.equal((await delivered(false)).length, 1);
    const later = await KeptAcknowledgements.open(folder, mirror, log);
    assert.deepEqual(await delivered(true, later), [request(estop.occurrenceId)]);
    const last = await KeptAcknowledgements.open(folder, mirror, log);
    assert.deepEqual(await delivered(true, last), []);
  });

  it('are not kept while the control process is there, nor for another occurrence, nor without the right', async () => {
    standing(estop);
    assert.equal(await kept.keep(request()), null);
    mirror.controlLost(1);
    assert.equal(await kept.keep(request('ESTOP-0')), null);
    assert.equal(await kept.keep(request(undefined, observer)), null);
    assert.equal(await kept.keep({ ...request(), action: { name: 'clearAlarms' } }), null);
    standing({ ...estop, acknowledged: true });
    mirror.controlLost(2);
    assert.equal(await kept.keep(request()), null);
    standing();
    mirror.controlLost(3);
    assert.equal(await kept.keep(request()), null);
    assert.deepEqual(await delivered(true), []);
  });
});
