import { assertFlat, outages, wordingOf } from './outages.ts';

describe('a thousand outages', () => {
  it('leave no socket, timer, listener or memory behind', async () => {
    const figures = await outages(['tcp', 'tcp', 'rtu-over-tcp', 'rtu-over-tcp', 'rtu'], 1_000, 1);
    console.log(wordingOf(figures));
    // a socket with its listeners that stayed behind with each would be several times as much
    assertFlat(figures, 1_000 * 1_000);
  });
});
