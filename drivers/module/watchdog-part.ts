import type { FieldClock } from '../field.ts';
import { ModbusExceptionError } from '../wire/errors.ts';
import type { Ask, Exchange } from './block-reader.ts';
import type { ModuleLog } from './module-log.ts';
import type { Outputs } from './outputs.ts';
import type { VisitPart } from './visit-order.ts';
import type { ModuleWatchdog } from './watchdog.ts';
import type { PendingWrite } from './write-queue.ts';

/** What the watchdog's module does when it is told. */
interface Owner {
  /** Nothing is known any more of what the module holds. */
  away(): void;
  wrote(write: PendingWrite, answer: readonly number[]): void;
  readOutputs(ask: Ask): Promise<void>;
}

/** The part of a module's visits that tends its watchdog, with its drives stopped while that could make them run. */
export class WatchdogPart implements VisitPart {
  readonly isInterrupted = false;
  readonly #watchdog: ModuleWatchdog;
  readonly #outputs: Outputs;
  readonly #owner: Owner;
  readonly #clock: FieldClock;
  readonly #log: ModuleLog;
  #wasTended = false;

  constructor(watchdog: ModuleWatchdog, outputs: Outputs, owner: Owner, clock: FieldClock, log: ModuleLog) {
    this.#watchdog = watchdog;
    this.#outputs = outputs;
    this.#owner = owner;
    this.#clock = clock;
    this.#log = log;
  }

  /** It was set since the module was last away, or the module refused that. */
  get wasTended(): boolean {
    return this.#wasTended;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#watchdog.dueMs;
  }

  away(): void {
    this.#wasTended = false;
    this.#watchdog.away();
  }

  /** @throws FieldError when the module does not answer */
  async visit(ask: Exchange): Promise<void> {
    try {
      await this.#tend(ask);
    } catch (error) {
      if (!(error instanceof ModbusExceptionError) || error.fromGateway) throw error;
      this.#log.watchdogRefused(error);
    }
    this.#wasTended = true;
  }

  async #tend(ask: Exchange): Promise<void> {
    const stopDrives = this.#outputs.hasDrives ? async () => await this.#stopDrives(ask) : null;
    const outcome = await this.#watchdog.tend(ask, this.#clock.monotonicMs(), stopDrives);
    if (outcome !== 'set') this.#log.watchdog(outcome);
    if (outcome !== 'lost') return;
    this.#owner.away();
    await this.#watchdog.tend(ask, this.#clock.monotonicMs(), stopDrives);
  }

  /** @returns whether no drive reads as running any more */
  async #stopDrives(ask: Exchange): Promise<boolean> {
    this.#outputs.withholdDrives();
    for (;;) {
      const pending = this.#outputs.nextStop(this.#clock.monotonicMs());
      if (pending === null) break;
      try {
        this.#owner.wrote(pending, await ask(pending.request));
      } catch (error) {
        if (!(error instanceof ModbusExceptionError) || error.fromGateway) throw error;
        this.#outputs.refused(pending, error);
      }
    }
    await this.#owner.readOutputs(ask);
    return !this.#outputs.readsRunning;
  }
}
