import {
  AttributeIds,
  type MonitoredItem,
  MonitoredItemNotification,
  type OPCUAServer,
  type ServerSession,
  StatusCode,
  type Subscription,
  type UAVariable,
} from 'node-opcua';

/**
 * Makes every monitored item on a signal, or on a view of signals, event-driven, whatever sampling interval its client asks for; the revised interval
 * is then 0, as OPC 10000-4, 5.13.1.2 has it for exception-based items. Left alone, the library would poll as soon as the
 * interval asked for is not 0, and a failed reading between two polls would never reach the client.
 */
export function monitorByEvent(server: OPCUAServer, nodes: Iterable<{ readonly variable: UAVariable }>): void {
  const variables = new Set<object>([...nodes].map(({ variable }) => variable));
  server.on('create_session', (session: ServerSession) => {
    session.on('new_subscription', (subscription: Subscription) => {
      const adjust = subscription.adjustSamplingInterval.bind(subscription);
      subscription.adjustSamplingInterval = (intervalMs, node) =>
        node && variables.has(node) ? 0 : adjust(intervalMs, node);
      subscription.on('monitoredItem', (item: MonitoredItem) => {
        if (item.node && variables.has(item.node)) keepEventDriven(item);
      });
    });
  });
}

function keepEventDriven(item: MonitoredItem): void {
  if (item.itemToMonitor.attributeId !== AttributeIds.Value) return;
  markOverflowWhateverTheStatus(item);
  const modify = item.modify.bind(item);
  item.modify = (timestamps, parameters) => {
    if (parameters) parameters.samplingInterval = 0;
    return modify(timestamps, parameters);
  };
}

/**
 * When a queue overflows, a notification in it gets the overflow bit. The library's own function (2.186) takes Good ones
 * only and throws at a failed reading, which loses that reading where the newest is discarded: the client would be left with
 * the Good value before it.
 */
function markOverflowWhateverTheStatus(item: MonitoredItem): void {
  const marking = item as unknown as { _setOverflowBit(notification: unknown): void };
  marking._setOverflowBit = (notification) => {
    if (!(notification instanceof MonitoredItemNotification)) return;
    const { value } = notification;
    value.statusCode = StatusCode.makeStatusCode(value.statusCode, 'Overflow | InfoTypeDataValue');
    const diagnostics = item.$subscription?.subscriptionDiagnostics;
    if (diagnostics) diagnostics.monitoringQueueOverflowCount++;
  };
}
