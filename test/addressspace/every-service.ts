import {
  ActivateSessionRequest,
  AddNodesRequest,
  AddReferencesRequest,
  AttributeIds,
  BrowseDirection,
  BrowseNextRequest,
  BrowseRequest,
  CallRequest,
  CancelRequest,
  type ClientSession,
  CreateMonitoredItemsRequest,
  type CreateMonitoredItemsResponse,
  CreateSubscriptionRequest,
  type CreateSubscriptionResponse,
  DataChangeFilter,
  DataChangeTrigger,
  DataType,
  DeadbandType,
  DeleteMonitoredItemsRequest,
  DeleteNodesRequest,
  DeleteReferencesRequest,
  DeleteSubscriptionsRequest,
  EventFilter,
  FindServersOnNetworkRequest,
  FindServersRequest,
  GetEndpointsRequest,
  HistoryReadRequest,
  HistoryUpdateRequest,
  ModifyMonitoredItemsRequest,
  ModifySubscriptionRequest,
  MonitoringMode,
  PublishRequest,
  QueryFirstRequest,
  QueryNextRequest,
  ReadAtTimeDetails,
  ReadEventDetails,
  ReadProcessedDetails,
  ReadRawModifiedDetails,
  ReadRequest,
  RegisterNodesRequest,
  RegisterServer2Request,
  RegisterServerRequest,
  RepublishRequest,
  SetMonitoringModeRequest,
  SetPublishingModeRequest,
  SetTriggeringRequest,
  TimestampsToReturn,
  TransferSubscriptionsRequest,
  TranslateBrowsePathsToNodeIdsRequest,
  UnregisterNodesRequest,
  Variant,
  WriteRequest,
  constructEventFilter,
  makeBrowsePath,
  resolveNodeId,
} from 'node-opcua';

/** What every request of the library has in common, as far as its client wants to know. */
type AnyRequest = ReadRequest;
type AnyResponse = CreateSubscriptionResponse;

/**
 * Asks for every service of OPC 10000-4 once, with right contents as far as the server has the service at all.
 *
 * @param index  of the machine's namespace
 * @returns how many requests were sent
 */
export async function useEveryService(session: ClientSession, index: number): Promise<number> {
  let asked = 0;
  const node = (name: string): string => `ns=${index};s=${name}`;
  const ask = async (request: object): Promise<AnyResponse | null> => {
    asked++;
    return await transact(session, request as AnyRequest);
  };
  const temperature = { nodeId: node('temperature.zone1'), attributeId: AttributeIds.Value };
  const endpointUrl = session.endpoint.endpointUrl;

  await ask(new FindServersRequest({ endpointUrl, localeIds: ['en'], serverUris: ['urn:nowhere'] }));
  await ask(new FindServersOnNetworkRequest({ startingRecordId: 0, maxRecordsToReturn: 5 }));
  await ask(new GetEndpointsRequest({ endpointUrl, localeIds: ['en'], profileUris: ['urn:some'] }));
  await ask(new RegisterServerRequest({ server: { serverUri: 'urn:x', discoveryUrls: [endpointUrl ?? ''] } }));
  await ask(new RegisterServer2Request({ server: { serverUri: 'urn:x', discoveryUrls: [endpointUrl ?? ''] } }));
  await ask(new ActivateSessionRequest({ localeIds: ['en'] }));
  const browse = { nodeId: 'i=85', browseDirection: BrowseDirection.Forward, includeSubtypes: true, resultMask: 63 };
  await ask(new BrowseRequest({ requestedMaxReferencesPerNode: 1, nodesToBrowse: [browse, browse] }));
  await ask(new BrowseNextRequest({ releaseContinuationPoints: false, continuationPoints: [Buffer.from('abc')] }));
  const browsePaths = [makeBrowsePath('RootFolder', '/Objects/Server.ServerStatus.State')];
  await ask(new TranslateBrowsePathsToNodeIdsRequest({ browsePaths }));
  await ask(new RegisterNodesRequest({ nodesToRegister: [node('machine')] }));
  await ask(new UnregisterNodesRequest({ nodesToUnregister: [node('machine')] }));
  await ask(
    new ReadRequest({
      maxAge: 0,
      timestampsToReturn: TimestampsToReturn.Both,
      nodesToRead: Array.from({ length: 25 }, (_, attribute) => ({ ...temperature, attributeId: attribute + 1 })),
    }),
  );
  const value = { value: new Variant({ dataType: DataType.Double, value: 150 }) };
  await ask(new WriteRequest({ nodesToWrite: [{ ...temperature, nodeId: node('heater.zone1.setpoint'), value }] }));
  const inputArguments = [new Variant({ dataType: DataType.Boolean, value: true })];
  await ask(
    new CallRequest({
      methodsToCall: [{ objectId: node('machine'), methodId: node('method.heat'), inputArguments }],
    }),
  );
  const span = { startTime: new Date(Date.UTC(2026, 0, 1)), endTime: new Date(Date.UTC(2026, 0, 1, 1)) };
  const timestampsToReturn = TimestampsToReturn.Both;
  for (const historyReadDetails of [
    new ReadRawModifiedDetails({ ...span, numValuesPerNode: 10, returnBounds: true }),
    new ReadProcessedDetails({ ...span, processingInterval: 600_000, aggregateType: [resolveNodeId('i=2342')] }),
    new ReadAtTimeDetails({ reqTimes: [span.startTime, span.endTime], useSimpleBounds: true }),
    new ReadEventDetails({ ...span, numValuesPerNode: 10, filter: constructEventFilter(['Message']) }),
  ])
    await ask(
      new HistoryReadRequest({
        historyReadDetails,
        timestampsToReturn: TimestampsToReturn.Source,
        nodesToRead: [{ nodeId: temperature.nodeId }],
      }),
    );
  await ask(new HistoryUpdateRequest({}));

  const created = await ask(
    new CreateSubscriptionRequest({
      requestedPublishingInterval: 50,
      requestedLifetimeCount: 100,
      requestedMaxKeepAliveCount: 10,
      publishingEnabled: true,
    }),
  );
  const subscriptionId = created?.subscriptionId ?? 0;
  const filter = new DataChangeFilter({
    trigger: DataChangeTrigger.StatusValueTimestamp,
    deadbandType: DeadbandType.Absolute,
    deadbandValue: 1,
  });
  const events: EventFilter = constructEventFilter(['Message', 'Severity', 'SourceName', 'Time', 'EventId']);
  const requestedParameters = { clientHandle: 1, samplingInterval: 0, queueSize: 10, discardOldest: true };
  const items = (await ask(
    new CreateMonitoredItemsRequest({
      subscriptionId,
      timestampsToReturn,
      itemsToCreate: [
        {
          itemToMonitor: temperature,
          monitoringMode: MonitoringMode.Reporting,
          requestedParameters: { ...requestedParameters, filter },
        },
        {
          itemToMonitor: { nodeId: 'i=2253', attributeId: AttributeIds.EventNotifier },
          monitoringMode: MonitoringMode.Reporting,
          requestedParameters: { ...requestedParameters, clientHandle: 2, filter: events },
        },
      ],
    }),
  )) as unknown as CreateMonitoredItemsResponse | null;
  const monitoredItemIds = (items?.results ?? []).map(({ monitoredItemId }) => monitoredItemId);
  const [first = 1, second = 2] = monitoredItemIds;
  await ask(new PublishRequest({}));
  await ask(new PublishRequest({ subscriptionAcknowledgements: [{ subscriptionId, sequenceNumber: 1 }] }));
  await ask(new RepublishRequest({ subscriptionId, retransmitSequenceNumber: 1 }));
  await ask(
    new ModifyMonitoredItemsRequest({
      subscriptionId,
      timestampsToReturn,
      itemsToModify: [{ monitoredItemId: first, requestedParameters: { ...requestedParameters, filter } }],
    }),
  );
  await ask(
    new SetMonitoringModeRequest({ subscriptionId, monitoringMode: MonitoringMode.Sampling, monitoredItemIds }),
  );
  await ask(
    new SetTriggeringRequest({
      subscriptionId,
      triggeringItemId: first,
      linksToAdd: [second],
      linksToRemove: [second],
    }),
  );
  await ask(new DeleteMonitoredItemsRequest({ subscriptionId, monitoredItemIds }));
  await ask(
    new ModifySubscriptionRequest({
      subscriptionId,
      requestedPublishingInterval: 100,
      requestedLifetimeCount: 200,
      requestedMaxKeepAliveCount: 20,
    }),
  );
  await ask(new SetPublishingModeRequest({ publishingEnabled: false, subscriptionIds: [subscriptionId] }));
  await ask(new TransferSubscriptionsRequest({ subscriptionIds: [subscriptionId], sendInitialValues: true }));
  await ask(new DeleteSubscriptionsRequest({ subscriptionIds: [subscriptionId] }));
  await ask(new CancelRequest({ requestHandle: 1 }));
  await ask(new AddNodesRequest({ nodesToAdd: [{ browseName: { name: 'x' } }] }));
  await ask(new AddReferencesRequest({ referencesToAdd: [{}] }));
  await ask(new DeleteNodesRequest({ nodesToDelete: [{ nodeId: node('machine') }] }));
  await ask(new DeleteReferencesRequest({ referencesToDelete: [{}] }));
  await ask(new QueryFirstRequest({ maxDataSetsToReturn: 5, filter: { elements: [{}] } }));
  await ask(new QueryNextRequest({ continuationPoint: Buffer.from('abc') }));
  return asked;
}

interface Transacting {
  performMessageTransaction(request: AnyRequest, done: (error: Error | null, response?: AnyResponse) => void): void;
}

/** @returns null when the server refused the service as a whole */
async function transact(session: ClientSession, request: AnyRequest): Promise<AnyResponse | null> {
  const transacting = session as unknown as Transacting;
  return await new Promise((resolve) => {
    transacting.performMessageTransaction(request, (error, response) => resolve(error ? null : (response ?? null)));
  });
}
