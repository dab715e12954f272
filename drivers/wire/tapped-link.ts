import type { WireTrace } from '../monitor/wire-trace.ts';
import type { ByteLink } from './byte-link.ts';

/** The same link, of which every byte is noted as it goes or comes. */
export function tappedLink(link: ByteLink, trace: WireTrace): ByteLink {
  return {
    async open() {
      await link.open();
      trace.note('opened');
    },
    write(bytes) {
      trace.carry('sent', bytes);
      link.write(bytes);
    },
    flush: () => link.flush(),
    close: () => link.close(),
    onBytes(listener) {
      link.onBytes((bytes) => {
        trace.carry('received', bytes);
        listener(bytes);
      });
    },
    onClosed: (listener) => link.onClosed(listener),
  };
}
