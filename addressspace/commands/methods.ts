import {
  type CallMethodResultOptions,
  DataType,
  type ISessionContext,
  type Namespace,
  PermissionFlag,
  type StatusCode,
  StatusCodes,
  type UAMethod,
  type UAObject,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import type { CommandAction, CommandOutcome } from '../../machine/commands/command.ts';
import { includesRole } from '../../machine/commands/role.ts';
import { type MachineMode, machineModes } from '../../machine/control/state.ts';
import type { CommandGate } from '../../machine/ports.ts';
import { longestRecipeName } from '../../machine/recipes/recipe.ts';
import type { RecipeLoader } from '../../operations/ports/recipes.ts';
import type { Identities } from '../security/identities.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { permissionsOfAll } from '../signals/signal-nodes.ts';

interface InputArgument {
  readonly name: string;
  readonly dataType: DataType.Boolean | DataType.String;
  readonly description: string;
}

interface MachineMethod {
  readonly name: string;
  readonly description: string;
  readonly inputs: readonly InputArgument[];
  /** Arguments have the declared types; null when a value is none that the machine knows. */
  action(inputs: readonly (boolean | string)[]): Asked | null;
}

/** A command as it is, or a recipe that has to be looked up first. */
type Asked = CommandAction | { readonly recipeNamed: string };

/** Reasons are for people and journals: longer ones are refused, not cut. */
const longestReason = 200;

const machineMethods: readonly MachineMethod[] = [
  {
    name: 'heat',
    description: 'Switches heating on or off. Heat off is never refused.',
    inputs: [{ name: 'on', dataType: DataType.Boolean, description: 'true: heat on, false: heat off' }],
    action: ([on]) => ({ name: 'heat', on: on === true }),
  },
  {
    name: 'start',
    description: 'Starts the drives by the start sequence. Refused with every reason that stands against it.',
    inputs: [],
    action: () => ({ name: 'start' }),
  },
  {
    name: 'stop',
    description: 'Stops the drives by the stop sequence. Never refused.',
    inputs: [],
    action: () => ({ name: 'stop' }),
  },
  {
    name: 'emergencyStop',
    description:
      'Drives and heaters off at once, latched until cleared. Functional, not safety-rated: the wired e-stop chain is.',
    inputs: [],
    action: () => ({ name: 'emergencyStop' }),
  },
  {
    name: 'clearAlarms',
    description: 'Resets latched trips. Refused with reasons while a cause still stands.',
    inputs: [],
    action: () => ({ name: 'clearAlarms' }),
  },
  {
    name: 'setMode',
    description: 'Changes the operating mode. To MANUAL needs an engineer.',
    inputs: [{ name: 'mode', dataType: DataType.String, description: machineModes.join(' or ') }],
    action: ([mode]) => (isMode(mode) ? { name: 'setMode', mode } : null),
  },
  {
    name: 'blockStart',
    description: 'Holds the start of the machine, as an MES does, or releases it.',
    inputs: [
      { name: 'blocked', dataType: DataType.Boolean, description: 'true: hold the start, false: release it' },
      {
        name: 'reason',
        dataType: DataType.String,
        description: `Shown to the operator; at most ${longestReason} characters`,
      },
    ],
    action: ([blocked, reason]) =>
      typeof reason === 'string' && reason.length <= longestReason
        ? { name: 'blockStart', blocked: blocked === true, reason }
        : null,
  },
  {
    name: 'loadRecipe',
    description: 'Loads the newest version of a recipe, all of it or nothing. Refused with reasons.',
    inputs: [{ name: 'name', dataType: DataType.String, description: 'Name of the recipe, in capitals or not' }],
    action: ([name]) => (typeof name === 'string' && name.length <= longestRecipeName ? { recipeNamed: name } : null),
  },
];

function isMode(value: unknown): value is MachineMode {
  return machineModes.some((mode) => mode === value);
}

export interface MethodOptions {
  readonly gate: CommandGate;
  readonly recipes: RecipeLoader;
  readonly identities: Identities;
  readonly log: AddressSpaceLog;
}

/** The machine's commands as methods `s=method.<name>` with outputs `accepted` and `reasons`. */
export function addMethods(namespace: Namespace, machine: UAObject, options: MethodOptions): void {
  for (const declared of machineMethods) addMethod(namespace, machine, declared, options);
}

function addMethod(
  namespace: Namespace,
  machine: UAObject,
  declared: MachineMethod,
  { gate, recipes, identities, log }: MethodOptions,
): void {
  const method = namespace.addMethod(machine, {
    nodeId: `s=method.${declared.name}`,
    browseName: declared.name,
    displayName: declared.name,
    description: declared.description,
    inputArguments: declared.inputs.map(({ name, dataType, description }) => ({
      name,
      dataType,
      description: { text: description, locale: 'en' },
    })),
    outputArguments: [
      {
        name: 'accepted',
        dataType: DataType.Boolean,
        description: { text: 'true: the machine took the command', locale: 'en' },
      },
      {
        name: 'reasons',
        dataType: DataType.String,
        valueRank: 1,
        arrayDimensions: [0],
        description: { text: 'Codes of all that stands against it; empty when accepted', locale: 'en' },
      },
    ],
    // Everybody may call, so that the gate sees, refuses and audits those who may not; UserExecutable tells them before.
    rolePermissions: permissionsOfAll(PermissionFlag.Call),
  });
  tellWhoMay(method, identities);
  method.bindMethod(async (inputs: Variant[], context: ISessionContext): Promise<CallMethodResultOptions> => {
    const checked = checkedInputs(declared, inputs);
    if ('refusal' in checked) return checked.refusal;
    try {
      const principal = identities.principalOf(context);
      const by = { principal, origin: 'opcua', station: identities.stationOf(context) } as const;
      const { asked } = checked;
      return answer(
        await ('recipeNamed' in asked
          ? recipes.load({ ...by, name: asked.recipeNamed })
          : gate.request({ ...by, action: asked })),
      );
    } catch (cause) {
      log.error({ method: declared.name, cause: String(cause) }, 'a method call got no outcome');
      return { statusCode: StatusCodes.BadInternalError };
    }
  });
}

/** The attribute UserExecutable, which the library reads through this function of its methods. */
function tellWhoMay(method: UAMethod, identities: Identities): void {
  const asked = method as UAMethod & { getUserExecutableFlag(context: ISessionContext | null): boolean };
  asked.getUserExecutableFlag = (context) => includesRole(identities.principalOf(context).role, 'operator');
}

function checkedInputs(
  declared: MachineMethod,
  inputs: readonly Variant[],
): { readonly asked: Asked } | { readonly refusal: CallMethodResultOptions } {
  const values: (boolean | string)[] = [];
  const results: StatusCode[] = [];
  declared.inputs.forEach(({ dataType }, index) => {
    // A null String is an empty one to OPC UA; a Boolean has no null.
    const value: unknown = inputs[index]?.value ?? (dataType === DataType.String ? '' : undefined);
    const isRight = dataType === DataType.Boolean ? typeof value === 'boolean' : typeof value === 'string';
    results.push(isRight ? StatusCodes.Good : StatusCodes.BadTypeMismatch);
    values.push(isRight ? (value as boolean | string) : false);
  });
  if (results.some((result) => result.isNotGood())) {
    return { refusal: { statusCode: StatusCodes.BadInvalidArgument, inputArgumentResults: results } };
  }
  const asked = declared.action(values);
  if (asked) return { asked };
  const last = declared.inputs.length - 1;
  const outOfRange = declared.inputs.map((_, index) => (index === last ? StatusCodes.BadOutOfRange : StatusCodes.Good));
  return { refusal: { statusCode: StatusCodes.BadInvalidArgument, inputArgumentResults: outOfRange } };
}

function answer(outcome: CommandOutcome): CallMethodResultOptions {
  if (!outcome.accepted && outcome.kind === 'permission') return { statusCode: StatusCodes.BadUserAccessDenied };
  const codes = outcome.accepted ? [] : outcome.reasons.map(({ code }) => code);
  return {
    statusCode: StatusCodes.Good,
    outputArguments: [
      new Variant({ dataType: DataType.Boolean, value: outcome.accepted }),
      new Variant({ dataType: DataType.String, arrayType: VariantArrayType.Array, value: codes }),
    ],
  };
}
