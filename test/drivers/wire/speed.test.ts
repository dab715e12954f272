import assert from 'node:assert/strict';
import { benchRtuRates } from '../../bench/modbus/rtu-rates.ts';
import { benchTcpRates } from '../../bench/modbus/tcp-rates.ts';
import { need } from '../../needs.ts';

/**
 * Share of the bench's goals that is asserted here. Both clients run in turn, a twentieth of a second each, and the median
 * counts, but ours needs two threads of Node beside the slave where libmodbus needs one: on two cores that others use, too,
 * that costs up to two thirds where many others use them. What this finds is a timer, a copy or a wait that came into the way of every request, which
 * costs more than that where it is long: a timer of a millisecond takes nine tenths. The goals themselves are for a computer that does nothing else: `npm run bench -- modbus`.
 */
const share = 0.3;
/**
 * Sixteen in flight reach their goal when replies come and requests leave many at a time. Where the scheduler lets client and
 * slave work side by side, each reply comes alone, and what remains is that nobody waits for the other.
 */
const leastWithWindow = 0.5;
/**
 * At 115,200 baud an exchange takes 5 ms, and six threads of four processes have their turn in each: where every turn waits for a
 * core, half of the rate is gone. A timer of the wrong length would still show.
 */
const leastAtFullSpeed = 0.25;

describe('the speed of the wire', function () {
  this.timeout(60_000);

  it('is near that of the C client on the same slave, and beyond it with sixteen in flight', async function () {
    need(this, 'cc', 'libmodbus');
    for (const { what, ratio, perSecond, libmodbusPerSecond, goal } of await benchTcpRates(20, 0.05))
      assert.ok(
        ratio >= (goal > 1 ? leastWithWindow : share * goal),
        `${what}: ${perSecond} against ${libmodbusPerSecond} reads/s, ratio ${ratio}, goal ${goal}`,
      );
  });

  it('is near what the characters and gaps of a serial line allow, and cuts no gap short', async function () {
    need(this, 'cc', 'libmodbus', 'socat');
    for (const { baudRate, perSecond, possible, goal, hasty } of await benchRtuRates(2)) {
      assert.equal(hasty, 0, `requests that came before the gap was over at ${baudRate} baud`);
      const least = baudRate > 19_200 ? leastAtFullSpeed : share * goal;
      assert.ok(perSecond >= least * possible, `${perSecond} of ${possible} reads/s at ${baudRate} baud`);
    }
  });
});
