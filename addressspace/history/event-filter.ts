import {
  type EventFilter,
  type FilterContext,
  FilterOperator,
  type IAddressSpace,
  NodeClass,
  NodeId,
  type NodeIdLike,
  type StatusCode,
  StatusCodes,
  type UAObjectType,
  Variant,
  checkFilter,
  coerceNodeId,
  extractEventFieldsBase,
  sameNodeId,
} from 'node-opcua';
import { excessOf } from '../event-filter-bounds.ts';
import type { AlarmFields } from './event-fields.ts';

const supported = new Set<FilterOperator>([
  FilterOperator.Equals,
  FilterOperator.LessThan,
  FilterOperator.LessThanOrEqual,
  FilterOperator.GreaterThan,
  FilterOperator.GreaterThanOrEqual,
  FilterOperator.Between,
  FilterOperator.And,
  FilterOperator.Or,
  FilterOperator.Not,
  FilterOperator.OfType,
  FilterOperator.InList,
]);

/** Why events cannot be filtered like this; null: they can. */
export function filterRefusal(filter: EventFilter | null): StatusCode | null {
  if (!filter || (filter.selectClauses?.length ?? 0) === 0) return StatusCodes.BadEventFilterInvalid;
  const elements = filter.whereClause?.elements ?? [];
  const isSupported = elements.every(({ filterOperator }) => supported.has(filterOperator));
  return isSupported ? excessOf(filter) : StatusCodes.BadFilterOperatorUnsupported;
}

/** A past event in the eyes of the library's filters: its fields are its own, the types are the address space's. */
class PastEvent implements FilterContext {
  readonly eventSource: NodeId;
  readonly #fields: AlarmFields;
  readonly #addressSpace: IAddressSpace;

  constructor(conditionId: NodeId, fields: AlarmFields, addressSpace: IAddressSpace) {
    this.eventSource = conditionId;
    this.#fields = fields;
    this.#addressSpace = addressSpace;
  }

  #valueOf(nodeId: NodeIdLike): Variant | undefined {
    const { namespace, value } = coerceNodeId(nodeId);
    return namespace === fieldNamespace ? this.#fields.values.get(String(value)) : undefined;
  }

  isSubtypeOf(nodeId: NodeId, baseType: NodeId): boolean {
    const type = sameNodeId(nodeId, this.eventSource) ? this.#fields.eventType : nodeId;
    const [node, base] = [this.#addressSpace.findNode(type), this.#addressSpace.findNode(baseType)];
    if (node?.nodeClass !== NodeClass.ObjectType || base?.nodeClass !== NodeClass.ObjectType) return false;
    return (node as UAObjectType).isSubtypeOf(base as UAObjectType);
  }

  getTypeDefinition(nodeId: NodeId): NodeId | null {
    return sameNodeId(nodeId, this.eventSource) ? this.#fields.eventType : null;
  }

  readNodeValue(nodeId: NodeIdLike): Variant {
    return this.#valueOf(nodeId) ?? new Variant();
  }

  getNodeClass(nodeId: NodeId): NodeClass {
    if (sameNodeId(nodeId, this.eventSource)) return NodeClass.Object;
    if (this.#valueOf(nodeId)) return NodeClass.Variable;
    return this.#addressSpace.findNode(nodeId)?.nodeClass ?? NodeClass.Unspecified;
  }

  browsePath({ relativePath }: Parameters<FilterContext['browsePath']>[0]): NodeId | null {
    const path = (relativePath.elements ?? []).map(({ targetName }) => targetName.name ?? '').join('.');
    return this.#fields.values.has(path) ? new NodeId(NodeId.NodeIdType.STRING, path, fieldNamespace) : null;
  }
}

/** Stands for "a field of the event" in the node ids that pass between the library's filter and `PastEvent`. */
const fieldNamespace = 0xffff;

/** The event's selected fields, or null when the filter leaves it out. */
export function filtered(
  filter: EventFilter,
  conditionId: NodeId,
  fields: AlarmFields,
  addressSpace: IAddressSpace,
): Variant[] | null {
  const event = new PastEvent(conditionId, fields, addressSpace);
  if (!checkFilter(event, filter.whereClause)) return null;
  return extractEventFieldsBase(event, filter.selectClauses ?? []);
}
