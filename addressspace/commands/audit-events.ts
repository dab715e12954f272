import type { EventEmitter } from 'node:events';
import {
  AttributeIds,
  type CallMethodRequest,
  DataType,
  type ISessionContext,
  type NodeId,
  type OPCUAServer,
  type StatusCode,
  Variant,
  VariantArrayType,
  type WriteValue,
} from 'node-opcua';
import type { Identities } from '../security/identities.ts';

/** Severities that the library gives its own audit events. */
const severities = { done: 100, refused: 900 } as const;

interface Audited {
  readonly type: 'AuditWriteUpdateEventType' | 'AuditUpdateMethodEventType';
  readonly service: 'Write' | 'Call';
  readonly about: NodeId;
  readonly status: StatusCode;
  readonly fields: Readonly<Record<string, Variant>>;
}

/**
 * Raises the audit events of OPC 10000-5, 6.4, for writes and method calls, refused ones as well; the library raises those
 * of sessions. Administrators alone receive them. To be called when the gate stands before the services.
 */
export function raiseAuditEvents(server: OPCUAServer, identities: Identities): void {
  const { addressSpace, addressSpaceAccessor: services } = server.engine;
  if (!addressSpace || !services) throw new Error('the OPC UA server has to be initialized first');
  const source = addressSpace.rootFolder.objects.server;

  /** An event costs as much as the write that it tells of, and mostly nobody listens. */
  const isHeard = (): boolean => (source as unknown as EventEmitter).listenerCount('event') > 0;

  function raise(context: ISessionContext, { type, service, about, status, fields }: Audited): void {
    source.raiseEvent(type, {
      sourceNode: new Variant({ dataType: DataType.NodeId, value: about }),
      sourceName: text(service === 'Write' ? 'Attribute/Write' : 'Method/Call'),
      severity: new Variant({
        dataType: DataType.UInt16,
        value: status.isGood() ? severities.done : severities.refused,
      }),
      message: new Variant({
        dataType: DataType.LocalizedText,
        value: { text: `${service}: ${status.name}`, locale: 'en' },
      }),
      actionTimeStamp: new Variant({ dataType: DataType.DateTime, value: new Date() }),
      status: new Variant({ dataType: DataType.Boolean, value: status.isGood() }),
      serverId: text(server.serverInfo.applicationUri ?? ''),
      clientAuditEntryId: text(''),
      clientUserId: text(identities.principalOf(context).name),
      ...fields,
    });
  }

  server.engine.addressSpaceAccessor = {
    browse: (context, nodes) => services.browse(context, nodes),
    read: (context, request) => services.read(context, request),
    historyRead: (context, request) => services.historyRead(context, request),
    async write(context, requests) {
      const statuses = await services.write(context, requests);
      if (!isHeard()) return statuses;
      requests.forEach((request, index) => {
        const status = statuses[index];
        if (status) raise(context, writeEvent(request, status));
      });
      return statuses;
    },
    async call(context, methods) {
      const results = await services.call(context, methods);
      if (!isHeard()) return results;
      methods.forEach((method, index) => {
        const status = results[index]?.statusCode;
        if (status) raise(context, callEvent(method, status));
      });
      return results;
    },
  };
}

function writeEvent({ nodeId, attributeId, value }: WriteValue, status: StatusCode): Audited {
  return {
    type: 'AuditWriteUpdateEventType',
    service: 'Write',
    about: nodeId,
    status,
    fields: {
      attributeId: new Variant({ dataType: DataType.UInt32, value: attributeId || AttributeIds.Value }),
      indexRange: text(''),
      newValue: value.value,
    },
  };
}

function callEvent({ objectId, methodId, inputArguments }: CallMethodRequest, status: StatusCode): Audited {
  return {
    type: 'AuditUpdateMethodEventType',
    service: 'Call',
    about: objectId,
    status,
    fields: {
      methodId: new Variant({ dataType: DataType.NodeId, value: methodId }),
      inputArguments: new Variant({
        dataType: DataType.Variant,
        arrayType: VariantArrayType.Array,
        value: inputArguments ?? [],
      }),
    },
  };
}

function text(value: string): Variant {
  return new Variant({ dataType: DataType.String, value });
}
