import { AccessLevelFlag, DataType, DataValue, StatusCodes, type UAVariable, Variant } from 'node-opcua';
import type { CommandAction } from '../../machine/commands/command.ts';
import type { MachineView } from '../../machine/ports.ts';
import { isGood } from '../../machine/quality.ts';
import type { Sample, SignalDeclaration, SignalUpdate, SignalValue } from '../../machine/signal.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { dataValueOf } from '../signals/data-values.ts';
import {
  type SignalNode,
  permissionsOfAll,
  permissionsToWrite,
  readFrom,
  tell,
  writableBy,
} from '../signals/signal-nodes.ts';
import { fillSemantics } from './instance.ts';

interface Told {
  readonly variable: UAVariable;
  readonly read: () => DataValue;
}

/** Units that the companion models do not use, and what takes their place. */
const modelUnits: Readonly<Record<string, readonly [unit: string, factor: number]>> = {
  W: ['kW', 0.001],
  Wh: ['kWh', 0.001],
};

/** Most signals have no view; every change asks. */
const none: readonly never[] = [];

/**
 * The nodes of the companion models that show what signals say. Each reads the machine's image itself: value, status and
 * source time are the signal's, and whoever monitors it is told when the signal is.
 */
export class Views {
  readonly #machine: MachineView;
  readonly #log: AddressSpaceLog;
  readonly #bySignal = new Map<string, Told[]>();
  readonly #nodes = new Map<string, SignalNode>();
  readonly #told: Told[] = [];
  readonly #watchers = new Map<string, (() => void)[]>();

  constructor(machine: MachineView, log: AddressSpaceLog) {
    this.#machine = machine;
    this.#log = log;
  }

  get machine(): MachineView {
    return this.#machine;
  }

  /** All of them, computed ones included. */
  get variables(): readonly { readonly variable: UAVariable }[] {
    return this.#told;
  }

  /** Those of a single signal by the string of their node id: what is written on them is led through the gate. */
  get nodes(): ReadonlyMap<string, SignalNode> {
    return this.#nodes;
  }

  has(signal: string): boolean {
    return this.#machine.declaration.signals.has(signal);
  }

  /**
   * Shows one signal, in the unit of the companion models. It can be written as the signal can; a signal whose unit is
   * converted can't be.
   *
   * @throws when the signal is not declared
   */
  show(variable: UAVariable, signal: string, actionFor?: (value: SignalValue) => CommandAction): void {
    const declaration = this.#machine.declaration.signals.get(signal);
    if (!declaration) throw new Error(`signal ${signal} is shown but not declared`);
    const { unit, span } = declaration;
    const [shownUnit, factor] = (unit === undefined ? undefined : modelUnits[unit]) ?? [unit, 1];
    fillSemantics(variable, {
      ...(shownUnit !== undefined && { unit: shownUnit }),
      ...(span && { span: [span[0] * factor, span[1] * factor] }),
    });
    markOrigin(variable, declaration);
    const role = factor === 1 ? writableBy(declaration) : null;
    if (role !== null) {
      variable.accessLevel = AccessLevelFlag.CurrentRead | AccessLevelFlag.CurrentWrite;
      variable.userAccessLevel = variable.accessLevel;
      variable.setRolePermissions(permissionsToWrite(role));
    } else {
      onlyReadable(variable);
    }
    const read = (): DataValue => scaled(dataValueOf(declaration, this.sampleOf(signal)), factor);
    this.#follow(variable, [signal], read);
    this.#nodes.set(String(variable.nodeId.value), {
      declaration,
      variable,
      writableBy: role,
      isRecorded: false,
      ...(actionFor && { actionFor }),
      publish: () => tell(variable, read, { view: variable.nodeId.toString() }, this.#log),
    });
  }

  /** Shows what follows from several signals; told when one of them changes. Nobody can write it. */
  compute(variable: UAVariable, signals: readonly string[], read: () => DataValue): void {
    onlyReadable(variable);
    this.#follow(variable, signals, read);
  }

  /**
   * As `compute`, for a value that holds while all signals are Good: otherwise it has the status of the first that is not,
   * and no value. Its source time is the newest of theirs.
   *
   * @param valueOf null: not known, in spite of them
   */
  computeFrom(variable: UAVariable, signals: readonly string[], valueOf: () => Variant | null): void {
    this.compute(variable, signals, () => {
      const samples = signals.map((signal) => this.sampleOf(signal));
      const sourceTimestamp = new Date(Math.max(...samples.map(({ sourceTimeMs }) => sourceTimeMs)));
      const bad = samples.find(({ quality }) => !isGood(quality));
      if (bad) return valueless(StatusCodes[bad.quality], sourceTimestamp);
      const value = valueOf();
      return value ? readNow(value, sourceTimestamp) : valueless(StatusCodes.BadNoData, sourceTimestamp);
    });
  }

  /** Shows what follows from no signal; the function that is returned tells those who monitor it. */
  serve(variable: UAVariable, read: () => DataValue): () => void {
    this.compute(variable, [], read);
    return () => tell(variable, read, { view: variable.nodeId.toString() }, this.#log);
  }

  /** Calls back on every change of one of the signals, whether somebody looks or not. */
  watch(signals: readonly string[], callback: () => void): void {
    for (const signal of new Set(signals)) append(this.#watchers, signal, callback);
  }

  /** Tells those who monitor a view of this signal. */
  publish({ signal }: SignalUpdate): void {
    for (const callback of this.#watchers.get(signal) ?? none) callback();
    for (const told of this.#bySignal.get(signal) ?? none)
      tell(told.variable, told.read, { view: told.variable.nodeId.toString() }, this.#log);
  }

  /** Never undefined: what is not declared was never read. */
  sampleOf(signal: string): Sample {
    return this.#machine.samples.get(signal) ?? { value: null, quality: 'BadNotConnected', sourceTimeMs: 0 };
  }

  /** The value while it is Good. */
  goodValueOf(signal: string): SignalValue {
    const { quality, value } = this.sampleOf(signal);
    return isGood(quality) ? value : null;
  }

  declarationOf(signal: string): SignalDeclaration | undefined {
    return this.#machine.declaration.signals.get(signal);
  }

  #follow(variable: UAVariable, signals: readonly string[], read: () => DataValue): void {
    variable.minimumSamplingInterval = 0;
    readFrom(variable, read);
    const told = { variable, read };
    this.#told.push(told);
    for (const signal of new Set(signals)) append(this.#bySignal, signal, told);
  }
}

function append<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

/** No simulated value passes for a measurement, at whatever node it is read. */
function markOrigin(variable: UAVariable, { simulated }: SignalDeclaration): void {
  const namespace = variable.addressSpace.getNamespace(variable.nodeId.namespace);
  const property = namespace.addVariable({
    propertyOf: variable,
    nodeId: `s=${String(variable.nodeId.value)}-Simulated`,
    browseName: 'Simulated',
    typeDefinition: 'PropertyType',
    dataType: DataType.Boolean,
    value: new Variant({ dataType: DataType.Boolean, value: simulated }),
    minimumSamplingInterval: 0,
  });
  property.setRolePermissions(permissionsOfAll());
}

export function onlyReadable(variable: UAVariable): void {
  variable.accessLevel = AccessLevelFlag.CurrentRead;
  variable.userAccessLevel = AccessLevelFlag.CurrentRead;
}

export function readNow(value: Variant, sourceTimestamp: Date): DataValue {
  return new DataValue({ statusCode: StatusCodes.Good, value, sourceTimestamp, serverTimestamp: new Date() });
}

export function valueless(statusCode: DataValue['statusCode'], sourceTimestamp: Date): DataValue {
  const value = new Variant({ dataType: DataType.Null });
  return new DataValue({ statusCode, value, sourceTimestamp, serverTimestamp: new Date() });
}

function scaled(dataValue: DataValue, factor: number): DataValue {
  if (factor !== 1 && dataValue.value.dataType === DataType.Double) dataValue.value.value *= factor;
  return dataValue;
}
