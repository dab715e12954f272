import {
  AttributeIds,
  DataChangeFilter,
  DataType,
  DeadbandType,
  EventFilter,
  type IAddressSpace,
  type MonitoredItemCreateRequest,
  MonitoredItemCreateResult,
  type MonitoredItem,
  MonitoredItemModifyResult,
  type OPCUAServer,
  type ServerSession,
  type StatusCode,
  StatusCodes,
  type Subscription,
  type UAVariable,
  VariableIds,
  Variant,
  makeNodeId,
} from 'node-opcua';
import { excessOf } from '../event-filter-bounds.ts';

/** Requests carry both as plain numbers. */
const valueAttribute: number = AttributeIds.Value;
const noDeadband: number = DeadbandType.None;

/**
 * Refuses monitored items that could never report anything sensible, and which the library (2.186) would create: on an
 * attribute that the node does not have, and with a negative deadband. Also those whose event filter would cost every event
 * more than it is worth. What is refused when an item is made is refused when it is changed.
 */
export function refuseUnfitItems(server: OPCUAServer): void {
  server.on('create_session', (session: ServerSession) => {
    session.on('new_subscription', (subscription: Subscription) => {
      const create = subscription.preCreateMonitoredItem.bind(subscription);
      subscription.preCreateMonitoredItem = (addressSpace, timestamps, monitoredItemCreateRequest) => {
        const statusCode = unfitness(addressSpace, monitoredItemCreateRequest);
        return statusCode
          ? { createResult: new MonitoredItemCreateResult({ statusCode }), monitoredItemCreateRequest }
          : create(addressSpace, timestamps, monitoredItemCreateRequest);
      };
      subscription.on('monitoredItem', (item: MonitoredItem) => {
        const modify = item.modify.bind(item);
        item.modify = (timestamps, parameters) => {
          const statusCode = parameters ? filterFault(parameters.filter) : null;
          return statusCode ? new MonitoredItemModifyResult({ statusCode }) : modify(timestamps, parameters);
        };
      });
    });
  });
}

function unfitness(
  addressSpace: IAddressSpace,
  { itemToMonitor: { nodeId, attributeId }, requestedParameters: { filter } }: MonitoredItemCreateRequest,
): StatusCode | null {
  const node = addressSpace.findNode(nodeId);
  // The value itself may be Bad for many reasons; whether there is one follows from the class of the node, which the library minds.
  if (node && attributeId !== valueAttribute) {
    const { statusCode } = node.readAttribute(null, attributeId);
    if (statusCode.equals(StatusCodes.BadAttributeIdInvalid)) return statusCode;
  }
  return filterFault(filter);
}

function filterFault(filter: unknown): StatusCode | null {
  if (filter instanceof EventFilter) return excessOf(filter);
  const isNegative =
    filter instanceof DataChangeFilter && filter.deadbandType !== noDeadband && !(filter.deadbandValue >= 0);
  return isNegative ? StatusCodes.BadDeadbandFilterInvalid : null;
}

/** Tells in MinSupportedSampleRate what is kept; the library never tells less than 100 ms. */
export function tellSampleRate(server: OPCUAServer): void {
  const node = server.engine.addressSpace?.findNode(
    makeNodeId(VariableIds.Server_ServerCapabilities_MinSupportedSampleRate),
  ) as UAVariable | null | undefined;
  const value = server.engine.serverCapabilities.minSupportedSampleRate;
  node?.bindVariable({ get: () => new Variant({ dataType: DataType.Double, value }) }, true);
}
