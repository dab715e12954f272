import { setImmediate as turn } from 'node:timers/promises';
import {
  DataType,
  EventNotifierFlags,
  type Namespace,
  NodeId,
  type OPCUAServer,
  type StatusCode,
  StatusCodes,
  type UAObject,
  Variant,
} from 'node-opcua';
import type { AlarmDeclaration, AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { gatewayAlarmIds } from '../../machine/alarms/guard-alarms.ts';
import type { CommandGate, MachineView, ViewListener } from '../../machine/ports.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import type { Identities } from '../security/identities.ts';
import { permissionsOfAll } from '../signals/signal-nodes.ts';
import { AlarmFeed } from './alarm-feed.ts';
import { Condition } from './condition.ts';
import { leadCallsToConditions, refuseOtherMethods } from './condition-calls.ts';
import { bindConditionMethods } from './condition-methods.ts';
import { addConditionNode } from './condition-node.ts';
import { serveRefresh } from './condition-refresh.ts';
import { conditionClassOf, conditionTypes } from './condition-types.ts';
import type { Face } from './face.ts';
import { addMetrics } from './metrics.ts';

export interface AlarmsOptions {
  readonly namespace: Namespace;
  /** The machine's object. */
  readonly object: UAObject;
  readonly machine: MachineView;
  readonly gate: CommandGate;
  readonly identities: Identities;
  readonly log: AddressSpaceLog;
}

/**
 * Every alarm of the machine as a condition `s=alarm.<id>`, below `s=alarms`. The machine's own alarm engine decides all of
 * it: conditions show what it says, events tell its journal, methods ask it through the command gate.
 * It ends with the server. Where many alarms are declared their nodes take seconds to make, over several turns of the event
 * loop.
 */
export async function serveAlarms(server: OPCUAServer, options: AlarmsOptions): Promise<void> {
  const { machine, log } = options;
  const board = new Board(server, options);
  for (const alarm of machine.declaration.alarms) {
    board.add(alarm);
    await turn();
  }
  const metrics = addMetrics(options.namespace, board.folder, machine);
  const feed = new AlarmFeed({
    standing: () => machine.alarms,
    restore: (standing) => board.restore(standing),
    onGap: (dropped) => board.tellGap(dropped),
    take(event) {
      try {
        board.take(event);
      } catch (cause) {
        log.error({ alarm: event.occurrence.id, cause: String(cause) }, 'an alarm event could not be told');
      }
    },
  });
  board.told = () => feed.told();
  serveRefresh(server, () => board.conditions);
  leadCallsToConditions(server, board.byNode);
  refuseOtherMethods(server);
  const unsubscribe = machine.subscribe(listenerOf(machine, feed, metrics));
  options.namespace.addressSpace.registerShutdownTask(() => {
    unsubscribe();
    feed.close();
  });
}

function listenerOf(
  machine: MachineView,
  feed: AlarmFeed,
  metrics: { note(event: AlarmEvent): void },
): Required<Pick<ViewListener, 'alarm' | 'status'>> {
  let wasAlive = machine.controlAlive;
  return {
    alarm(event) {
      metrics.note(event);
      feed.announce(event);
    },
    status() {
      if (machine.controlAlive && !wasAlive) feed.takeOver();
      else feed.expectAgreement();
      wasAlive = machine.controlAlive;
    },
  };
}

/** The conditions of the machine. */
class Board {
  readonly folder: UAObject;
  /** By the ids of their nodes. */
  readonly byNode = new Map<string, Condition>();
  told: () => Promise<void> = async () => undefined;
  readonly #byAlarm = new Map<string, Condition>();
  readonly #server: UAObject;
  readonly #options: AlarmsOptions;
  readonly #typeOf: ReturnType<typeof conditionTypes>;

  constructor(server: OPCUAServer, options: AlarmsOptions) {
    const { namespace, object, machine } = options;
    this.#options = options;
    this.#server = namespace.addressSpace.rootFolder.objects.server;
    this.#typeOf = conditionTypes(namespace, machine.declaration);
    object.setEventNotifier(object.eventNotifier | EventNotifierFlags.SubscribeToEvents);
    this.#server.addReference({ referenceType: 'HasNotifier', nodeId: object });
    this.folder = namespace.addObject({
      nodeId: 's=alarms',
      browseName: 'Alarms',
      componentOf: object,
      typeDefinition: 'FolderType',
      rolePermissions: permissionsOfAll(),
    });
  }

  get conditions(): Iterable<Condition> {
    return this.#byAlarm.values();
  }

  add(declaration: AlarmDeclaration): Condition {
    const { namespace, object, machine, gate, identities, log } = this.#options;
    const kind = this.#typeOf(declaration);
    const { node, fieldNodes } = addConditionNode(
      namespace,
      { folder: this.folder, source: object },
      declaration,
      kind,
    );
    const { shelveMaximumMinutes } = machine.declaration.annunciation;
    const { limit } = declaration;
    const ground = {
      eventType: kind.type.nodeId,
      sourceNode: object.nodeId,
      sourceName: machine.declaration.title,
      conditionClass: conditionClassOf(namespace.addressSpace, declaration),
      inputNode: limit === undefined ? new NodeId() : inNamespace(namespace, limit.signal),
      longestShelfMs: shelveMaximumMinutes * 60_000,
      quality: (face: Face) => qualityOf(machine, face),
    };
    const condition = new Condition({
      node,
      fieldNodes,
      declaration,
      ground,
      log,
      notifiers: [this.#server, object],
    });
    const told = async (): Promise<void> => this.told();
    bindConditionMethods(condition, { gate, identities, longestShelfMinutes: shelveMaximumMinutes, told, log });
    this.#byAlarm.set(declaration.id, condition);
    this.byNode.set(node.nodeId.toString(), condition);
    return condition;
  }

  take(event: AlarmEvent): void {
    this.#conditionOf(event.occurrence).take(event);
  }

  restore(standing: readonly AlarmOccurrence[]): boolean {
    const occurrences = new Map(standing.map((occurrence) => [occurrence.id, occurrence]));
    for (const occurrence of standing) this.#conditionOf(occurrence);
    const changed = [...this.#byAlarm.values()].filter((one) => one.restore(occurrences.get(one.id) ?? null));
    return changed.length > 0;
  }

  /** Clients are asked to refresh: what stands changed without their having been told. */
  tellGap(dropped: number): void {
    if (dropped > 0) this.#options.log.error({ dropped }, 'alarm events came faster than they could be told');
    this.#server.raiseEvent('RefreshRequiredEventType', {
      message: new Variant({
        dataType: DataType.LocalizedText,
        value: { text: 'Alarms changed without an event: ask for a refresh', locale: 'en' },
      }),
      severity: new Variant({ dataType: DataType.UInt16, value: 500 }),
    });
  }

  /** What stands although no configuration declares it any more gets a condition as well. */
  #conditionOf(occurrence: AlarmOccurrence): Condition {
    const { id, text, priority, latched, consequence, response } = occurrence;
    const undeclared = { id, text, priority, latches: latched, consequence, response };
    return this.#byAlarm.get(id) ?? this.add({ ...undeclared, onDelaySeconds: 0, offDelaySeconds: 0 });
  }
}

function inNamespace(namespace: Namespace, signal: string): NodeId {
  return new NodeId(NodeId.NodeIdType.STRING, signal, namespace.index);
}

/**
 * How good the value is that an alarm stands on: what it rang on, unless its signal is not Good by now. While the control
 * process is silent, nothing is known of its alarms but how they stood.
 */
function qualityOf({ controlAlive, samples }: MachineView, { declaration, occurrence }: Face): StatusCode {
  if (!controlAlive && !gatewayAlarmIds.includes(declaration.id)) return StatusCodes.BadCommunicationError;
  const sample = declaration.limit === undefined ? undefined : samples.get(declaration.limit.signal);
  if (sample !== undefined && sample.quality !== 'Good') return StatusCodes[sample.quality];
  return StatusCodes[occurrence?.quality ?? 'Good'];
}
