/** Bytes to and from somewhere: a socket or a serial port. Used once: after it closed, a new one is made. */
export interface ByteLink {
  /** @throws Error when it can't be opened within the line's connect time-out */
  open(): Promise<void>;
  write(bytes: Uint8Array): void;
  /** Discards what the operating system holds unread. */
  flush(): Promise<void>;
  close(): Promise<void>;
  /** The bytes are valid during the call only: who wants to keep them copies them. */
  onBytes(listener: (bytes: Buffer) => void): void;
  /** Called once, when it closes for whatever reason after it was open. */
  onClosed(listener: (reason: string) => void): void;
}
