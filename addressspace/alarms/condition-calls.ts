import {
  CallMethodRequest,
  type ISessionContext,
  NodeClass,
  type OPCUAServer,
  StatusCodes,
  type UAMethod,
  type UAObject,
  type Variant,
} from 'node-opcua';
import type { Condition } from './condition.ts';

/**
 * Lets clients call the shelving methods with the condition itself as the object, as OPC 10000-9, 5.8.17 wants it, by the
 * method's id of whatever type; the library knows them below ShelvingState only. Calls on different conditions are decided
 * side by side, so that a list of acknowledgements takes one scan, not one scan each.
 */
export function leadCallsToConditions(server: OPCUAServer, conditions: ReadonlyMap<string, Condition>): void {
  const { addressSpace, addressSpaceAccessor: services } = server.engine;
  if (!addressSpace || !services) throw new Error('the OPC UA server has to be initialized first');
  const call = services.call.bind(services);

  function conditionOf({ objectId }: CallMethodRequest): Condition | undefined {
    return conditions.get(objectId.toString());
  }

  function led(request: CallMethodRequest): CallMethodRequest {
    const condition = conditionOf(request);
    const method = condition && addressSpace?.findNode(request.methodId);
    if (!condition || !method || method.nodeClass !== NodeClass.Method) return request;
    const shelving = condition.node.getChildByName('ShelvingState') as UAObject | null;
    const own = shelving?.getMethodByName(method.browseName.name ?? '') ?? null;
    if (shelving === null || own === null || method.browseName.namespaceIndex !== 0) return request;
    return new CallMethodRequest({
      objectId: shelving.nodeId,
      methodId: own.nodeId,
      inputArguments: request.inputArguments,
    });
  }

  services.call = async (context, requests) => {
    const all = requests.map(led);
    const objects = new Set(requests.map(({ objectId }) => objectId.toString()));
    const areIndependent = objects.size === requests.length && requests.every((request) => conditionOf(request));
    if (!areIndependent) return await call(context, all);
    return (await Promise.all(all.map(async (request) => await call(context, [request])))).flat();
  };
}

/**
 * Methods as the standard types have them: Enable, Disable, AddComment, Acknowledge and Confirm, which are for conditions;
 * Silence, Suppress, Suppress2, Unsuppress, Unsuppress2, Reset, Reset2 and GetGroupMemberships, which none of ours has.
 */
const ofTypes = [9027, 9028, 9029, 9111, 9113, 16402, 16403, 24316, 17868, 24318, 18199, 24324, 24744];

/** Answers them with the status that says so, where the library would call it an internal error. */
export function refuseOtherMethods(server: OPCUAServer): void {
  for (const number of ofTypes) {
    const method = server.engine.addressSpace?.findNode(`i=${number}`) as UAMethod | null | undefined;
    method?.bindMethod(async (_inputs: Variant[], context: ISessionContext) => ({
      statusCode:
        context.object?.nodeClass === NodeClass.ObjectType
          ? StatusCodes.BadNodeIdInvalid
          : StatusCodes.BadMethodInvalid,
    }));
  }
}
