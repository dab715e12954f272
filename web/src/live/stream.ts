import type { AlarmReply, DeltaEvent, MachineReply, SnapshotEvent } from '../contract/replies.ts';

export interface StreamListener {
  snapshot(event: SnapshotEvent): void;
  delta(event: DeltaEvent): void;
  state(machine: MachineReply): void;
  alarm(alarm: AlarmReply): void;
  /** The connection broke or was refused; the stream goes on trying by itself. */
  broke(): void;
}

/** An open stream that is silent for so long, in ms, is dead although TCP has not noticed: it is opened anew. */
const deadMs = 6_000;
/** An attempt to connect that hangs for so long, in ms, is given up for a new one. */
const hangingMs = 30_000;
/** A stream that the server refused is asked for again after so long, in ms. EventSource itself gives up then. */
const retryMs = 2_000;

/**
 * The live events of the machine. A broken connection is taken up by EventSource with Last-Event-ID, so that no event is
 * missed; where that can't be, or an id is skipped, a new stream begins with a whole snapshot.
 */
export class LiveStream {
  private source: EventSource | null = null;
  private retry: number | undefined;
  private lastId: number | null = null;
  private heardMs = 0;
  private readonly url: string;
  private readonly listener: StreamListener;

  constructor(url: string, listener: StreamListener) {
    this.url = url;
    this.listener = listener;
  }

  open(): void {
    this.close();
    this.heardMs = performance.now();
    const source = new EventSource(this.url);
    this.source = source;
    const { listener } = this;
    this.hear(source, 'snapshot', (event: SnapshotEvent) => listener.snapshot(event));
    this.hear(source, 'delta', (event: DeltaEvent) => listener.delta(event));
    this.hear(source, 'state', (machine: MachineReply) => listener.state(machine));
    this.hear(source, 'alarm', (alarm: AlarmReply) => listener.alarm(alarm));
    source.addEventListener('error', () => {
      if (this.source !== source) return;
      this.listener.broke();
      if (source.readyState === EventSource.CLOSED) this.reopenIn(retryMs);
    });
    this.retry = window.setInterval(() => this.reviveIfDead(), 1_000);
  }

  close(): void {
    window.clearInterval(this.retry);
    this.source?.close();
    this.source = null;
    this.lastId = null;
  }

  private hear(source: EventSource, name: string, deliver: (data: never) => void): void {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      if (this.source === source) this.take(event, name === 'snapshot', deliver);
    });
  }

  private reopenIn(ms: number): void {
    this.close();
    this.retry = window.setInterval(() => this.open(), ms);
  }

  private reviveIfDead(): void {
    const limitMs = this.source?.readyState === EventSource.OPEN ? deadMs : hangingMs;
    if (performance.now() - this.heardMs < limitMs) return;
    this.listener.broke();
    this.open();
  }

  /** Ids rise by one over all events. A skipped one means that something was missed: only a snapshot helps. */
  private take(event: MessageEvent<string>, isSnapshot: boolean, deliver: (data: never) => void): void {
    const id = /^\d+$/.test(event.lastEventId) ? Number(event.lastEventId) : null;
    const skipped = !isSnapshot && id !== null && this.lastId !== null && id !== this.lastId + 1;
    this.lastId = id;
    this.heardMs = performance.now();
    if (skipped) {
      this.open();
      return;
    }
    try {
      deliver(JSON.parse(event.data) as never);
    } catch (fault) {
      // What can't be understood can't be shown: the page turns grey and asks for a whole image again.
      console.error('The live stream sent what this page does not understand', fault);
      this.listener.broke();
      this.reopenIn(retryMs);
    }
  }
}
