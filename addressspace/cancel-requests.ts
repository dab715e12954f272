import {
  type CancelRequest,
  CancelResponse,
  type OPCUAServer,
  type Response,
  type ServerSession,
  ServiceFault,
  StatusCodes,
} from 'node-opcua';
import type { AddressSpaceLog } from './library-log.ts';

/** A Publish request that waits for something to tell. */
interface Waiting {
  readonly request: { readonly requestHeader: { readonly requestHandle: number } };
  readonly callback: (request: unknown, response: Response) => void;
}

/** What the library (2.186) keeps to itself, and calls by the names of the requests. */
interface Inside {
  _on_CancelRequest(message: Message, channel: unknown): void;
  _apply_on_SessionObject(
    responseClass: typeof CancelResponse,
    message: Message,
    channel: unknown,
    act: (session: ServerSession, send: (response: Response) => void) => void,
  ): Promise<void>;
}

interface Message {
  readonly request: CancelRequest;
}

/**
 * Serves Cancel (OPC 10000-4, 5.7.5), which the library does not. Only Publish requests wait long enough to be cancelled; whatever
 * else is under way is answered in its own time, and not counted.
 */
export function serveCancel(server: OPCUAServer, log: AddressSpaceLog): void {
  const inside = server as unknown as Inside;
  inside._on_CancelRequest = (message, channel) => {
    const answered = inside._apply_on_SessionObject(CancelResponse, message, channel, (session, send) => {
      send(new CancelResponse({ cancelCount: cancelWaiting(session, message.request.requestHandle) }));
    });
    answered.catch((cause: unknown) => log.error({ cause }, 'an OPC UA Cancel request failed'));
  };
}

function cancelWaiting(session: ServerSession, handle: number): number {
  const engine = session.publishEngine as unknown as { _publish_request_queue: Waiting[] };
  const isMeant = ({ request }: Waiting) => request.requestHeader.requestHandle === handle;
  const cancelled = engine._publish_request_queue.filter(isMeant);
  engine._publish_request_queue = engine._publish_request_queue.filter((waiting) => !isMeant(waiting));
  for (const { request, callback } of cancelled) {
    const responseHeader = { serviceResult: StatusCodes.BadRequestCancelledByClient, requestHandle: handle };
    callback(request, new ServiceFault({ responseHeader }));
  }
  return cancelled.length;
}
