import {
  type BaseNode,
  DataType,
  NodeClass,
  Range,
  type UAMethod,
  type UAObject,
  type UAVariable,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import { engineeringUnits } from '../signals/units.ts';

/** The version of a container whose content never changes while the server runs. */
const onlyVersion = '1';

/**
 * A part of an instance by its browse names from there.
 *
 * @throws when there is none: the type has no such part, so the nodeset is not the one that this was written for
 */
export function partOf(node: BaseNode, ...names: readonly string[]): BaseNode {
  let part = node;
  for (const name of names) {
    const next = part.getChildByName(name);
    if (!next) throw new Error(`${part.nodeId.toString()} has no part ${name}`);
    part = next;
  }
  return part;
}

export function objectOf(node: BaseNode, ...names: readonly string[]): UAObject {
  return checked(partOf(node, ...names), NodeClass.Object) as UAObject;
}

export function variableOf(node: BaseNode, ...names: readonly string[]): UAVariable {
  return checked(partOf(node, ...names), NodeClass.Variable) as UAVariable;
}

export function methodOf(node: BaseNode, ...names: readonly string[]): UAMethod {
  return checked(partOf(node, ...names), NodeClass.Method) as UAMethod;
}

function checked(node: BaseNode, nodeClass: NodeClass): BaseNode {
  if (node.nodeClass === nodeClass) return node;
  throw new Error(`${node.nodeId.toString()} is a ${NodeClass[node.nodeClass]}, not a ${NodeClass[nodeClass]}`);
}

/** Values that hold as long as the server runs, by the browse name of their variable in `node`. */
export function fill(node: BaseNode, values: Readonly<Record<string, Variant>>): void {
  for (const [name, value] of Object.entries(values)) variableOf(node, name).setValueFromSource(value);
}

export function fillVersion(container: BaseNode): void {
  fill(container, { NodeVersion: text(onlyVersion) });
}

/** EURange and EngineeringUnits, each where the variable has it. A limit that is not known is NaN (OPC 10000-8, 5.6.2). */
export function fillSemantics(
  variable: UAVariable,
  { unit, span }: { readonly unit?: string; readonly span?: readonly [low: number, high: number] },
): void {
  const [low, high] = span ?? [Number.NaN, Number.NaN];
  const range = variable.getChildByName('EURange');
  if (range) fill(variable, { EURange: structure(new Range({ low, high })) });
  const units = variable.getChildByName('EngineeringUnits');
  if (units && unit !== undefined) fill(variable, { EngineeringUnits: structure(engineeringUnits(unit)) });
}

export function text(value: string | null): Variant {
  return new Variant({ dataType: DataType.String, value });
}

export function localized(value: string): Variant {
  return new Variant({ dataType: DataType.LocalizedText, value: { text: value, locale: 'en' } });
}

/** The null of a LocalizedText: a text that nobody knows. */
export function unknownText(): Variant {
  return new Variant({ dataType: DataType.LocalizedText, value: { text: null, locale: null } });
}

export function truth(value: boolean): Variant {
  return new Variant({ dataType: DataType.Boolean, value });
}

export function number(value: number): Variant {
  return new Variant({ dataType: DataType.Double, value });
}

/** A value of an enumeration: enumerations travel as Int32. */
export function choice(value: number): Variant {
  return new Variant({ dataType: DataType.Int32, value });
}

export function structure(value: object): Variant {
  return new Variant({ dataType: DataType.ExtensionObject, value });
}

export function structures(value: readonly object[]): Variant {
  return new Variant({ dataType: DataType.ExtensionObject, arrayType: VariantArrayType.Array, value });
}

export function choices(value: readonly number[]): Variant {
  return new Variant({ dataType: DataType.Int32, arrayType: VariantArrayType.Array, value: Int32Array.from(value) });
}

/** `TemperatureZone_001`: how OPC 40083 numbers what a container holds. */
export function numbered(name: string, index: number): string {
  return `${name}_${String(index + 1).padStart(3, '0')}`;
}
