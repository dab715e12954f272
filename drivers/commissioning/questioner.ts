import type { LineDeclaration } from '../declaration.ts';
import { Connection } from '../wire/connection.ts';
import { FieldError, LineClosedError, ModbusExceptionError } from '../wire/errors.ts';
import { OwedReplies } from '../wire/owed-replies.ts';
import type { Request } from '../wire/request.ts';

/** What came of one read. Silence, refusal and nonsense are answers here: finding out is what this is for. */
export type Reply =
  | { readonly kind: 'values'; readonly values: readonly number[] }
  | { readonly kind: 'refused'; readonly exception: number; readonly message: string }
  | { readonly kind: 'silent'; readonly message: string };

type Read = Request & { readonly kind: 'read' };

/** Reads, and only reads, from any unit of a line that nobody else uses. Connects anew when the line is closed on it. */
export class Questioner {
  readonly #line: LineDeclaration;
  readonly #owed: OwedReplies;
  #connection: Connection | null = null;
  requests = 0;

  constructor(line: LineDeclaration) {
    this.#line = line;
    this.#owed = new OwedReplies(line.timeoutMs);
  }

  /** @throws LineClosedError when the line can't be opened */
  async open(): Promise<void> {
    if (this.#connection?.isOpen === true) return;
    await this.close();
    const connection = new Connection(this.#line, this.#owed, () => {});
    this.#connection = connection;
    await connection.open();
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
  }

  /**
   * One read. On a line without transactions a unit that still owes a reply is first asked for something that its late
   * reply can't be mistaken for.
   *
   * @throws LineClosedError when the line can't be opened any more
   */
  async read(unit: number, read: Read): Promise<Reply> {
    await this.open();
    if (this.#connection?.isAmbiguous(unit, read) === true) {
      const other = others(read).find((candidate) => this.#connection?.isAmbiguous(unit, candidate) === false);
      const settled = other === undefined ? null : await this.#exchange(unit, other);
      if (settled === null || settled.kind === 'silent') {
        return { kind: 'silent', message: `unit ${unit} owes earlier replies and is silent` };
      }
      await this.open();
    }
    return await this.#exchange(unit, read);
  }

  async #exchange(unit: number, read: Read): Promise<Reply> {
    const connection = this.#connection;
    if (connection === null) throw new LineClosedError(this.#line.id, 'not open');
    this.requests++;
    try {
      return { kind: 'values', values: (await connection.ask(unit, read, this.#line.timeoutMs)).values };
    } catch (error) {
      if (error instanceof ModbusExceptionError && !error.fromGateway) {
        return { kind: 'refused', exception: error.exception, message: error.message };
      }
      // A gateway that speaks for a unit says that the unit is silent; a server may close on a unit that it does not have.
      if (error instanceof FieldError) {
        return { kind: 'silent', message: error.message };
      }
      throw error;
    }
  }
}

function others(read: Read): Read[] {
  const areas = ['holding', 'input', 'coil', 'discrete'] as const;
  return areas.filter((area) => area !== read.area).map((area) => ({ kind: 'read', area, address: 0, count: 1 }));
}
