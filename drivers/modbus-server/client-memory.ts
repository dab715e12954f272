/** More clients than can be connected, so that one that reconnects is known; what is beyond is forgotten. */
const rememberedClients = 256;

/** Something about each client, by its address; the client that has been quiet for longest is forgotten first. */
export class ClientMemory<T> {
  readonly #known = new Map<string, T>();

  get(address: string): T | undefined {
    return this.#known.get(address);
  }

  set(address: string, what: T): void {
    this.#known.delete(address);
    this.#known.set(address, what);
    const [quietest] = this.#known.keys();
    if (this.#known.size > rememberedClients && quietest !== undefined) this.#known.delete(quietest);
  }
}
