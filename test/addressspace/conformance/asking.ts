import type { ClientSession, OPCUAClient, StatusCode } from 'node-opcua';

interface Request {
  readonly requestHeader: object;
}

interface Transport<Answer> {
  performMessageTransaction(request: Request, done: (cause: Refused | null, answer?: Answer) => void): void;
}

/** How the library passes on a service fault. */
interface Refused extends Error {
  readonly response?: { readonly responseHeader: { readonly serviceResult: StatusCode } };
}

/** Sends one request as it is, past the checks and defaults of the client library. Over a client: without a session. */
export async function ask<Answer>(over: ClientSession | OPCUAClient, request: Request): Promise<Answer> {
  const transport = over as unknown as Transport<Answer>;
  return await new Promise<Answer>((resolve, reject) => {
    transport.performMessageTransaction(request, (cause, answer) => {
      if (cause || answer === undefined) reject(cause ?? new Error('neither an answer nor a refusal'));
      else resolve(answer);
    });
  });
}

/** The status with which a whole request is refused, `Good` when it is answered. */
export async function refusalOf(over: ClientSession | OPCUAClient, request: Request): Promise<string> {
  try {
    await ask(over, request);
    return 'Good';
  } catch (cause) {
    const { response } = cause as Refused;
    if (!response) throw cause;
    return response.responseHeader.serviceResult.name;
  }
}
