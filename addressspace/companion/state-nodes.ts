import { type BaseNode, DataType, NodeId, StatusCodes, type UAObject, Variant } from 'node-opcua';
import { localized, partOf, unknownText, variableOf } from './instance.ts';
import { type Views, readNow, valueless } from './views.ts';

interface Standing {
  /** null: not active, because what it is a part of is in another state. */
  readonly state: string | null;
  readonly sinceMs: number;
  /** null: there was none since the server began to look. */
  readonly transition: string | null;
}

/**
 * Serves CurrentState and LastTransition of a finite state machine from what the machine's signals say. The states and
 * transitions are those of its type; a transition of the type is named after the states that it joins.
 *
 * @param stateOf name of the state now; null: the state machine is not active
 */
export function serveStates(
  stateMachine: UAObject,
  views: Views,
  sources: readonly string[],
  stateOf: () => string | null,
): void {
  let standing: Standing = { state: stateOf(), sinceMs: Date.now(), transition: null };

  function look(): Standing {
    const state = stateOf();
    if (state === standing.state) return standing;
    const from = standing.state;
    const transition = from === null || state === null ? null : `From${from}To${state}`;
    standing = { state, sinceMs: Date.now(), transition };
    return standing;
  }

  views.watch(sources, look);
  const type = stateMachine.typeDefinitionObj;
  const serve = (path: readonly string[], valueOf: (standing: Standing) => Variant): void =>
    views.compute(variableOf(stateMachine, ...path), sources, () => {
      const now = look();
      const since = new Date(now.sinceMs);
      return now.state === null ? valueless(StatusCodes.BadStateNotActive, since) : readNow(valueOf(now), since);
    });

  serve(['CurrentState'], ({ state }) => named(state));
  serve(['CurrentState', 'Id'], ({ state }) => nodeIdOf(type, state));
  serve(['LastTransition'], ({ transition }) => named(transition));
  serve(['LastTransition', 'Id'], ({ transition }) => nodeIdOf(type, transition));
}

function named(name: string | null): Variant {
  return name === null ? unknownText() : localized(name);
}

function nodeIdOf(type: BaseNode, name: string | null): Variant {
  const value = name === null ? NodeId.nullNodeId : partOf(type, name).nodeId;
  return new Variant({ dataType: DataType.NodeId, value });
}
