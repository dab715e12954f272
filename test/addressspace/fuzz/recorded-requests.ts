import assert from 'node:assert/strict';
import { MessageSecurityMode, OPCUAClient, SecurityPolicy, UserTokenType } from 'node-opcua';
import { namespaceUri } from '../../../addressspace/start-address-space.ts';
import { useEveryService } from '../every-service.ts';
import { passwordOf } from '../plant.ts';
import { RecordingProxy } from '../recording-proxy.ts';
import { bodyAt, nodeIdAt, split } from './ua-wire.ts';

/** A real client's request, parted where its session's token was. */
export interface RecordedRequest {
  readonly typeId: number;
  readonly beforeToken: Buffer;
  readonly afterToken: Buffer;
}

export interface Recorded {
  readonly requests: readonly RecordedRequest[];
  /** See `Door`. */
  readonly userPolicyId: string;
}

/** Lets a real client use every service as an engineer, and keeps what it sent. */
export async function recordRequests(endpointUrl: string): Promise<Recorded> {
  const proxy = await RecordingProxy.before(endpointUrl);
  const client = OPCUAClient.create({
    securityMode: MessageSecurityMode.None,
    securityPolicy: SecurityPolicy.None,
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 0 },
  });
  try {
    await client.connect(proxy.url);
    const session = await client.createSession({
      type: UserTokenType.UserName,
      userName: 'erna',
      password: passwordOf('erna'),
    });
    const index = (await session.readNamespaceArray()).indexOf(namespaceUri);
    const asked = await useEveryService(session, index);
    const policy = session.endpoint.userIdentityTokens?.find(
      ({ tokenType, securityPolicyUri }) =>
        tokenType === UserTokenType.UserName && String(securityPolicyUri).endsWith('#Basic256Sha256'),
    );
    await session.close();
    await client.disconnect();
    const requests = proxy
      .sent()
      .flatMap((bytes) => split(bytes).messages)
      .filter((message) => message.toString('latin1', 0, 4) === 'MSGF')
      .map(parted);
    assert.ok(requests.length > asked && policy?.policyId, `${requests.length} recorded, ${asked} asked`);
    return { requests, userPolicyId: policy.policyId };
  } finally {
    await client.disconnect();
    await proxy.close();
  }
}

function parted(message: Buffer): RecordedRequest {
  const body = message.subarray(bodyAt);
  const tokenAt = nodeIdAt(body, 0).length;
  return {
    typeId: body.readUInt16LE(2),
    beforeToken: body.subarray(0, tokenAt),
    afterToken: body.subarray(tokenAt + nodeIdAt(body, tokenAt).length),
  };
}
