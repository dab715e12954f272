import assert from 'node:assert/strict';
import fc from 'fast-check';
import { signalRecording } from '../../historian/recording.ts';
import { qualityCodes, type Quality } from '../../machine/quality.ts';
import type { Sample } from '../../machine/signal.ts';
import { signal } from './fake-machine.ts';

const t = Date.UTC(2026, 10, 23, 6);

function sample(atMs: number, value: Sample['value'], quality: Quality = 'Good'): Sample {
  return { value, quality, sourceTimeMs: atMs };
}

/** The recording of a signal with deadband 0.1 and a point every 10 s, begun at `t` with 20. */
function begun(more: Parameters<typeof signal>[1] = {}) {
  const recording = signalRecording(signal('temperature', more), { deadband: 0.1, atLeastEverySeconds: 10 });
  recording.begin(sample(t, 20), t);
  return recording;
}

describe('what becomes a point of history', () => {
  it('leaves out changes smaller than the deadband, measured from the last point and not from the last sample', () => {
    const recording = begun();
    assert.equal(recording.update(sample(t + 250, 20.06), t + 250), null);
    assert.equal(recording.update(sample(t + 500, 20.09), t + 500), null);
    assert.deepEqual(recording.update(sample(t + 750, 20.12), t + 750), {
      atMs: t + 750,
      value: 20.12,
      state: null,
      quality: 0,
    });
  });

  it('takes a change of exactly the deadband, whatever doubles make of it', () => {
    const recording = begun();
    for (let i = 1; i < 100; i++) assert.notEqual(recording.update(sample(t + i, 20 + i / 10), t + i), null, `${i}`);
  });

  it('records an unchanged reading again after 10 s, with the source time of that reading', () => {
    const recording = begun();
    assert.equal(recording.update(sample(t + 9_750, 20), t + 9_800), null);
    assert.equal(recording.update(sample(t + 10_000, 20), t + 10_050)?.atMs, t + 10_000);
  });

  it('records every change of quality, and a Bad sample without the value that it still shows', () => {
    const recording = begun();
    const failed = recording.update(sample(t + 250, 20, 'BadSensorFailure'), t + 250);
    assert.deepEqual(failed, { atMs: t + 250, value: null, state: null, quality: qualityCodes.BadSensorFailure });
    assert.equal(recording.update(sample(t + 500, 20, 'Good'), t + 500)?.value, 20);
    assert.equal(recording.update(sample(t + 750, 20, 'UncertainLastUsableValue'), t + 750)?.value, 20);
  });

  it('keeps the good reading when it is judged stale later: the judgement has the time at which it was passed', () => {
    const recording = begun();
    const judged = recording.update(sample(t, 20, 'BadCommunicationError'), t + 1_000);
    assert.equal(judged?.atMs, t + 1_000);
    assert.equal(judged?.quality, qualityCodes.BadCommunicationError);
  });

  it('shows a signal as good again at its next reading, also when a late one came in between', () => {
    const recording = begun();
    recording.update(sample(t, 20, 'BadCommunicationError'), t + 1_000);
    assert.equal(recording.update(sample(t + 900, 20), t + 1_100)?.atMs, t + 900);
    assert.equal(recording.update(sample(t + 1_200, 20), t + 1_250)?.quality, 0);
  });

  it('repeats a setting that nobody changed, as of now', () => {
    const recording = begun({ direction: 'setting' });
    assert.equal(recording.repeat(t + 9_999), null);
    assert.deepEqual(recording.repeat(t + 10_000), { atMs: t + 10_000, value: 20, state: null, quality: 0 });
    assert.equal(recording.repeat(t + 19_999), null);
  });

  it('never repeats a good reading from memory, but says again that a signal is bad', () => {
    const recording = begun();
    assert.equal(recording.repeat(t + 3_600_000), null);
    recording.update(sample(t, 20, 'BadCommunicationError'), t + 1_000);
    assert.equal(recording.repeat(t + 11_000)?.quality, qualityCodes.BadCommunicationError);
  });

  it('begins with the setting that was made weeks ago as of now, and with a reading as of its reading', () => {
    const recording = signalRecording(signal('setpoint', { direction: 'setting' }), {
      deadband: 0,
      atLeastEverySeconds: 10,
    });
    assert.equal(recording.begin(sample(t - 14 * 86_400_000, 180), t).atMs, t);
    assert.equal(recording.begin(sample(t - 300, 180), t).atMs, t - 300);
  });

  it('records what was never read as of now, not as of 1970', () => {
    const recording = signalRecording(signal('x'), { deadband: 0, atLeastEverySeconds: 10 });
    assert.equal(recording.begin(sample(0, null, 'BadNotConnected'), t).atMs, t);
    const still = recording.update(sample(0, null, 'BadCommunicationError'), t + 5_000);
    assert.equal(still?.atMs, t + 5_000);
  });

  it('records nothing a second time that the first image after a restart tells of the time before it', () => {
    const unread = sample(t, null, 'BadNotConnected');
    const setting = signalRecording(signal('setpoint', { direction: 'setting' }), {
      deadband: 0,
      atLeastEverySeconds: 10,
    });
    setting.begin(unread, t);
    assert.equal(setting.update(sample(t - 60_000, 180), t + 100)?.atMs, t + 100);
    const reading = signalRecording(signal('temperature'), { deadband: 0, atLeastEverySeconds: 10 });
    reading.begin(unread, t);
    assert.equal(reading.update(sample(t - 50, 20), t + 100), null);
    assert.equal(reading.update(sample(t + 200, 20), t + 210)?.atMs, t + 200);
    const stale = signalRecording(signal('temperature'), { deadband: 0, atLeastEverySeconds: 10 });
    stale.begin(unread, t);
    assert.equal(stale.update(sample(t - 60_000, 20, 'BadCommunicationError'), t + 100)?.atMs, t + 100);
  });

  it('keeps its deadband when the clock is set back an hour', () => {
    const recording = begun();
    assert.notEqual(recording.update(sample(t - 3_600_000, 20), t - 3_600_000), null);
    assert.equal(recording.update(sample(t - 3_599_750, 20.01), t - 3_599_750), null);
  });

  it('takes no number that is none for a reading', () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const recorded = begun().update(sample(t + 250, value), t + 250);
      assert.deepEqual(recorded, {
        atMs: t + 250,
        value: null,
        state: null,
        quality: qualityCodes.BadSensorFailure,
      });
    }
  });

  it('is never farther from the truth than the deadband, and never silent for longer than 10 s of readings', () => {
    const reading = fc.record({
      stepMs: fc.integer({ min: 1, max: 2_000 }),
      change: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 200 }), (readings) => {
        const recording = begun();
        let last = { atMs: t, value: 20 };
        let atMs = t;
        let value = 20;
        for (const { stepMs, change } of readings) {
          atMs += stepMs;
          value += change;
          const point = recording.update(sample(atMs, value), atMs);
          if (point !== null) last = { atMs: point.atMs, value: point.value ?? NaN };
          assert.ok(Math.abs(value - last.value) < 0.1 && atMs - last.atMs < 10_000);
        }
      }),
    );
  });
});
