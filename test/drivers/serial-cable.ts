import { SerialPort } from 'serialport';
import { SerialPair } from '../interop/serial-pair.ts';

/** A serial port of this computer, and the one at the far end of its cable, where a module listens. */
export class SerialCable {
  readonly #pair: SerialPair;
  readonly #baudRate: number;
  #far: SerialPort;

  static async plug(baudRate = 115_200): Promise<SerialCable> {
    const pair = await SerialPair.plug();
    return new SerialCable(pair, baudRate, await openPort(pair.slave, baudRate));
  }

  private constructor(pair: SerialPair, baudRate: number, far: SerialPort) {
    this.#pair = pair;
    this.#baudRate = baudRate;
    this.#far = far;
  }

  /** Path of the near port, the same after it was plugged in again. */
  get near(): string {
    return this.#pair.master;
  }

  /** Another one each time that it is plugged in. */
  get far(): SerialPort {
    return this.#far;
  }

  async unplug(): Promise<void> {
    await this.#pair.unplug();
  }

  async plugIn(): Promise<void> {
    await this.#pair.plugIn();
    this.#far = await openPort(this.#pair.slave, this.#baudRate);
  }

  async remove(): Promise<void> {
    const far = this.#far;
    if (far.isOpen) await new Promise<void>((resolve) => far.close(() => resolve()));
    await this.#pair.remove();
  }
}

async function openPort(path: string, baudRate: number): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  port.on('error', () => port.destroy());
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  return port;
}
