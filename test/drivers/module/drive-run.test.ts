import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DriveRun } from '../../../drivers/module/drive-run.ts';

type Event =
  | { readonly kind: 'command'; readonly rpm: number }
  | { readonly kind: 'away' }
  /** The control word is read back: as written by us, or stopped by the drive itself. */
  | { readonly kind: 'read'; readonly stopped: boolean };

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('command' as const), rpm: fc.constantFrom(0, 0, 50, -50, 200) }),
  fc.record({ kind: fc.constant('away' as const) }),
  fc.record({ kind: fc.constant('read' as const), stopped: fc.boolean() }),
);

describe('permission of a drive to run', () => {
  it('is never given again after the drive stopped against its command, until 0 was commanded', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const run = new DriveRun();
        run.command(0);
        let written = 0;
        let commanded = 0;
        let mustSeeZero = false;
        for (const event of events) {
          if (event.kind === 'command') {
            commanded = event.rpm;
            if (commanded === 0) mustSeeZero = false;
            run.command(event.rpm);
          } else if (event.kind === 'away') run.away();
          else {
            if (event.stopped) written = 0;
            if (written === 0 && commanded !== 0 && run.rpm !== 0) mustSeeZero = true;
            run.readBack(written !== 0, written < 0, true);
          }
          if (mustSeeZero) assert.ok(run.rpm === 0 || run.rpm === null, `${run.rpm} rpm`);
          if (run.rpm !== null) written = run.rpm;
        }
      }),
    );
  });

  it('is not given before anything is known of a drive, but 0 always may be written', () => {
    const run = new DriveRun();
    assert.equal(run.rpm, null);
    run.command(100);
    assert.equal(run.rpm, null);
    run.command(0);
    assert.equal(run.rpm, 0);
  });

  it('goes on for a drive that still runs as commanded, and only in the same direction', () => {
    for (const [reverses, rpm] of [
      [false, 100],
      [true, 0],
    ] as const) {
      const run = new DriveRun();
      run.command(0);
      run.command(100);
      run.away();
      assert.equal(run.rpm, null);
      run.readBack(true, reverses, true);
      assert.equal(run.rpm, rpm);
    }
  });

  it('that was withheld is not given by a drive that reads as running, nor after a gap, but by 0', () => {
    const run = new DriveRun();
    run.command(0);
    run.command(100);
    run.readBack(true, false, true);
    run.withhold();
    run.readBack(true, false, true);
    run.away();
    run.readBack(true, false, true);
    assert.equal(run.rpm, 0);
    run.command(0);
    run.command(100);
    assert.equal(run.rpm, 100);
  });

  it('counts how often the drive was seen standing against its command', () => {
    const run = new DriveRun();
    run.command(0);
    run.command(100);
    assert.equal(run.readBack(false, false, true), true);
    assert.equal(run.readBack(false, false, true), false);
    assert.equal(run.readBack(false, false, true), false);
    assert.equal(run.tries, 3);
    run.command(0);
    assert.equal(run.tries, 0);
  });

  it('waits for the first read-back after the start was sent', () => {
    const run = new DriveRun();
    run.command(0);
    run.command(100);
    assert.equal(run.readBack(false, false, false), false);
    assert.equal(run.rpm, 100);
  });
});
