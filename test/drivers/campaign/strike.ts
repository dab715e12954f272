import { setTimeout as sleep } from 'node:timers/promises';
import type { CampaignSlave } from './campaign-slave.ts';
import type { Strike } from './schedule.ts';
import { unitNumbers } from './station.ts';

/** Where the slave listens, and how the driver gets there. */
export interface Place {
  readonly port: number;
  /** A serial line that leads to the port; null: the driver connects to the port itself. */
  readonly path: string | null;
}

/** Does it, and resolves when it is over. */
export async function strikeAt(slave: CampaignSlave, place: Place, strike: Strike): Promise<void> {
  switch (strike.kind) {
    case 'cut':
      return slave.cut();
    case 'restart':
      return slave.restart(strike.unit);
    case 'trip':
      return slave.trip();
    case 'refused':
      slave.refusals++;
      await slave.refuse();
      await sleep(strike.forMs);
      if (--slave.refusals === 0) await slave.listen(place.port);
      return undefined;
    case 'unpowered':
      await during(slave.silent, strike.unit, strike.forMs);
      return slave.restart(strike.unit);
    case 'power failure':
      for (const unit of unitNumbers) slave.restart(unit);
      return strikeAt(slave, place, { kind: 'refused', forMs: strike.forMs });
    case 'half-open':
      slave.mute();
      await sleep(strike.forMs);
      slave.isMute = false;
      // a serial line is not opened anew from the other end: what joins them is
      if (place.path !== null) slave.cut();
      return undefined;
    case 'noise': {
      const endMs = performance.now() + strike.forMs;
      for (; performance.now() < endMs; await sleep(3)) slave.noise();
      return undefined;
    }
    case 'echo':
      slave.isEchoing = true;
      await sleep(strike.forMs);
      slave.isEchoing = false;
      return undefined;
    case 'silent':
      return during(slave.silent, strike.unit, strike.forMs);
    case 'busy':
      return during(slave.busy, strike.unit, strike.forMs);
    case 'gateway':
      return during(slave.unreached, strike.unit, strike.forMs);
    case 'hole':
      return during(slave.holes, `${strike.unit} ${strike.area} ${strike.address}`, strike.forMs);
    case 'ignoring':
      return during(slave.ignoring, `${strike.unit} ${strike.area} ${strike.address}`, strike.forMs);
  }
}

async function during<T>(set: Set<T>, what: T, forMs: number): Promise<void> {
  set.add(what);
  await sleep(forMs);
  set.delete(what);
}
