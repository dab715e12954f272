import type { OutputMismatch } from '../../machine/field.ts';
import type { ModuleDeclaration } from '../declaration.ts';
import type { Cell } from '../plan/read-plan.ts';
import type { RateLimitedLog } from '../rate-limited-log.ts';
import type { ModbusExceptionError } from '../wire/errors.ts';
import { wordingOf } from '../wire/request.ts';

/** What is said of one module. */
export class ModuleLog {
  readonly #module: Pick<ModuleDeclaration, 'id' | 'line' | 'unit'>;
  readonly #log: RateLimitedLog;

  constructor(module: Pick<ModuleDeclaration, 'id' | 'line' | 'unit'>, log: RateLimitedLog) {
    this.#module = module;
    this.#log = log;
  }

  demoted(): void {
    const { id, line } = this.#module;
    this.#log.warn(id, 'demoted', { module: id, line }, `${id} does not answer and is only probed from now on`);
  }

  back(): void {
    const { id, line } = this.#module;
    this.#log.info(id, 'back', { module: id, line }, `${id} answers again`);
  }

  refused({ area, address, count }: Cell, error: ModbusExceptionError): void {
    const { id, line, unit } = this.#module;
    const range = wordingOf({ kind: 'read', area, address, count });
    this.#log.warn(id, range, { module: id, line, unit }, `${id} refuses ${range}: ${error.message}`);
  }

  /** A drive that was found stopped against its command. */
  stopped(signal: string): void {
    const { id } = this.#module;
    const text = `${signal} is commanded but ${id} does not run: it stays off`;
    this.#log.warn(id, 'stopped', { module: id, signal }, text);
  }

  mismatch({ signal, commanded, readBack }: OutputMismatch): void {
    const { id } = this.#module;
    const text = `${signal} reads back ${readBack} where ${commanded} is commanded`;
    this.#log.warn(id, `mismatch ${signal}`, { module: id, signal, commanded, readBack }, text);
  }

  watchdog(outcome: 'not set' | 'held back' | 'lost'): void {
    const { id } = this.#module;
    const about = outcome === 'lost' ? 'restart' : 'watchdog';
    this.#log.warn(id, about, { module: id }, `${id} ${watchdogWords[outcome]}`);
  }

  watchdogRefused(error: ModbusExceptionError): void {
    const { id } = this.#module;
    this.#log.warn(id, 'watchdog', { module: id }, `${id} refuses its watchdog registers: ${error.message}`);
  }
}

const watchdogWords = {
  'not set': 'does not keep its watchdog time: it is not protected',
  'held back': 'has a drive that does not take its word to stop: its watchdog is not set up before that',
  lost: 'lost its watchdog time: it restarted, or its watchdog expired; it is set up anew',
} as const;
