import {
  type BaseNode,
  type BrowsePath,
  BrowsePathResult,
  NodeId,
  StatusCodes,
  type Variant,
  coerceExpandedNodeId,
} from 'node-opcua';

/** Where the fields of one condition's events are: by their path of browse names, and by the ids of their variables. */
export type FieldIds = ReadonlyMap<string, NodeId>;

/**
 * What a condition tells at one moment, as the library's event filters read it. It is built from a finished snapshot, so
 * that a burst of alarms costs no more than the fields that somebody asked for.
 */
export class ConditionEvent {
  /** The library's interface wants one; the id that clients see is the field EventId. */
  readonly eventId = new NodeId();
  /** The library looks at these two by itself. */
  readonly eventType: Variant | undefined;
  readonly sourceNode: Variant | undefined;
  readonly #condition: BaseNode;
  readonly #ids: FieldIds;
  readonly #values: ReadonlyMap<string, Variant>;

  /** @param values by the ids of the variables */
  constructor(condition: BaseNode, ids: FieldIds, values: ReadonlyMap<string, Variant>) {
    this.#condition = condition;
    this.#ids = ids;
    this.#values = values;
    this.eventType = this.#field('EventType');
    this.sourceNode = this.#field('SourceNode');
  }

  getEventDataSource(): BaseNode {
    return this.#condition;
  }

  _browse({ startingNode, relativePath }: BrowsePath): BrowsePathResult | null {
    if (startingNode.toString() !== this.#condition.nodeId.toString()) return null;
    const path = (relativePath.elements ?? []).map(({ targetName }) => targetName.toString()).join('.');
    const nodeId = this.#ids.get(path);
    if (nodeId === undefined) return null;
    const statusCode = StatusCodes.Good;
    return new BrowsePathResult({
      statusCode,
      targets: [{ targetId: coerceExpandedNodeId(nodeId), remainingPathIndex: 0 }],
    });
  }

  _readValue(nodeId: NodeId): Variant | null {
    return this.#values.get(nodeId.toString()) ?? null;
  }

  /** Part of the library's interface; what happened is told when the event is made. */
  _createValue(): never {
    throw new Error('the fields of a condition event are complete');
  }

  #field(path: string): Variant | undefined {
    return this.#values.get(this.#ids.get(path)?.toString() ?? '');
  }
}
