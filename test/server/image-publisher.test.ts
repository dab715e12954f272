import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Sample, SignalUpdate } from '../../machine/signal.ts';
import type { MachineStatus } from '../../machine/status.ts';
import { ImagePublisher } from '../../server/control/image-publisher.ts';
import { imageWindow, type FromControl, type ImageDelta } from '../../server/protocol.ts';

const status: MachineStatus = {
  state: 'IDLE',
  mode: 'AUTO',
  startPermitted: false,
  blockers: [],
  alarms: { unacknowledged: 0, active: 0, highest: null },
  heating: false,
  recipe: null,
  recipeVersion: null,
  recipeModified: false,
  scan: { periodMs: 250, count: 0, overruns: 0, jitterP50Ms: 0, jitterP99Ms: 0, jitterMaxMs: 0, durationP99Ms: 0 },
  atMs: 0,
};

const whole = { status, alarms: [], modules: [], zones: [], drives: [] };

const update = (signal: string, value: number): SignalUpdate => ({
  signal,
  value,
  quality: 'Good',
  sourceTimeMs: value,
});

function receiver(): { messages: ImageDelta[]; send: (message: FromControl) => boolean } {
  const messages: ImageDelta[] = [];
  return {
    messages,
    send: (message) => {
      if (message.kind === 'snapshot' || message.kind === 'delta') messages.push(message);
      return true;
    },
  };
}

describe('the image on its way to the gateway', () => {
  it('says nothing before a gateway has attached', () => {
    const { messages, send } = receiver();
    const publisher = new ImagePublisher(send);
    publisher.signals([update('a', 1)]);
    publisher.flush();
    assert.equal(messages.length, 0);
  });

  it('stops at its window, merges to the newest value, counts that, and goes on with new credit', () => {
    const { messages, send } = receiver();
    const publisher = new ImagePublisher(send);
    publisher.attach(new Map(), whole);
    for (let value = 0; value < imageWindow + 5; value++) {
      publisher.signals([update('a', value)]);
      publisher.flush();
    }
    assert.equal(messages.length, imageWindow);
    publisher.received(messages[0]?.seq ?? 0);
    const last = messages.at(-1);
    assert.equal(messages.length, imageWindow + 1);
    assert.deepEqual(last?.updates, [update('a', imageWindow + 4)]);
    assert.ok((last?.merged ?? 0) > 0);
  });

  it('leaves every gateway with the newest image, whatever its pace', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('update' as const), signal: fc.constantFrom('a', 'b', 'c'), value: fc.integer() }),
      fc.record({ kind: fc.constantFrom('receive' as const, 'attach' as const, 'detach' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const image = new Map<string, Sample>();
        let mirrored = new Map<string, Sample>();
        let newest = 0;
        const publisher = new ImagePublisher((message) => {
          if (message.kind !== 'snapshot' && message.kind !== 'delta') return true;
          if (message.kind === 'snapshot') mirrored = new Map();
          for (const { signal, ...sample } of message.updates) mirrored.set(signal, sample);
          newest = message.seq;
          return true;
        });
        for (const one of [...steps, { kind: 'attach' } as const]) {
          if (one.kind === 'update') {
            const { signal, ...sample } = update(one.signal, one.value);
            image.set(signal, sample);
            publisher.signals([update(one.signal, one.value)]);
            publisher.flush();
          } else if (one.kind === 'receive') publisher.received(newest);
          else if (one.kind === 'attach') publisher.attach(image, whole);
          else publisher.detach();
        }
        publisher.received(newest);
        assert.deepEqual(mirrored, image);
      }),
    );
  });
});
