import { setImmediate as turn } from 'node:timers/promises';
import {
  type CallMethodResultOptions,
  DataType,
  type ISessionContext,
  type OPCUAServer,
  type ServerSession,
  type StatusCode,
  StatusCodes,
  type Subscription,
  type UAMethod,
  type UAObject,
  Variant,
} from 'node-opcua';
import type { Condition } from './condition.ts';

/** How long one turn of the event loop may go on telling, ms. */
const sliceMs = 8;

const refreshMethods = { ConditionRefresh: 'i=3875', ConditionRefresh2: 'i=12912' } as const;
const bracket = { start: 'RefreshStartEventType', end: 'RefreshEndEventType' } as const;

/** Whom a refresh is for. The library's monitored items look at it and drop what is for another. */
interface Scope {
  readonly subscription: Subscription;
  readonly monitoredItemId: number | undefined;
}

/**
 * The methods ConditionRefresh and ConditionRefresh2 of the standard ConditionType. The library's own tell everything in
 * one go; here a long list is told over several turns, so that values go on meanwhile. What happens in between may come
 * between, as OPC 10000-9, 5.5.7 allows.
 */
export function serveRefresh(server: OPCUAServer, conditions: () => Iterable<Condition>): void {
  const { addressSpace } = server.engine;
  if (addressSpace === null) throw new Error('the OPC UA server has to be initialized first');
  const scoped = addressSpace as typeof addressSpace & { _condition_refresh_scope: Scope | null };
  const object = addressSpace.rootFolder.objects.server as unknown as UAObject;
  const underWay = new WeakSet<Subscription>();

  function within(scope: Scope, tell: () => void): void {
    scoped._condition_refresh_scope = scope;
    try {
      tell();
    } finally {
      scoped._condition_refresh_scope = null;
    }
  }

  function tellBracket(scope: Scope, part: keyof typeof bracket): void {
    const message = { text: part === 'start' ? 'What stands follows' : 'That is all that stands', locale: 'en' };
    within(scope, () =>
      object.raiseEvent(bracket[part], {
        message: new Variant({ dataType: DataType.LocalizedText, value: message }),
        severity: new Variant({ dataType: DataType.UInt16, value: 1 }),
      }),
    );
  }

  async function refresh(scope: Scope): Promise<StatusCode> {
    if (underWay.has(scope.subscription)) return StatusCodes.BadRefreshInProgress;
    underWay.add(scope.subscription);
    try {
      tellBracket(scope, 'start');
      let sinceMs = performance.now();
      for (const condition of conditions()) {
        if (performance.now() - sinceMs >= sliceMs) {
          await turn();
          sinceMs = performance.now();
        }
        if (condition.isRetained) within(scope, () => condition.tell());
      }
      tellBracket(scope, 'end');
    } finally {
      underWay.delete(scope.subscription);
    }
    return StatusCodes.Good;
  }

  for (const nodeId of Object.values(refreshMethods)) {
    const method = addressSpace.findNode(nodeId) as UAMethod | null;
    method?.bindMethod(async (inputs: Variant[], context: ISessionContext): Promise<CallMethodResultOptions> => {
      const scope = scopeOf(inputs, context);
      return { statusCode: 'subscription' in scope ? await refresh(scope) : scope };
    });
  }
}

/** What the call names, or why it can't be refreshed: another session's subscription is as good as none. */
function scopeOf([subscriptionId, itemId]: readonly Variant[], context: ISessionContext): Scope | StatusCode {
  const session = context.session as ServerSession | undefined;
  const subscription = session?.getSubscription(Number(subscriptionId?.value)) ?? null;
  if (subscription === null) return StatusCodes.BadSubscriptionIdInvalid;
  const monitoredItemId = itemId === undefined ? undefined : Number(itemId.value);
  if (monitoredItemId !== undefined && subscription.getMonitoredItem(monitoredItemId) === null) {
    return StatusCodes.BadMonitoredItemIdInvalid;
  }
  return { subscription, monitoredItemId };
}
