import type { IAddressSpace, UAObjectType } from 'node-opcua';

/** Companion specifications by their namespaces. */
export const modelUris = {
  /** OPC 10000-100. */
  device: 'http://opcfoundation.org/UA/DI/',
  /** OPC 40001-1. */
  machinery: 'http://opcfoundation.org/UA/Machinery/',
  /** OPC 40083. */
  plastics: 'http://opcfoundation.org/UA/PlasticsRubber/GeneralTypes/',
  /** OPC 40084-1, version 2. */
  extrusion: 'http://opcfoundation.org/UA/PlasticsRubber/Extrusion_v2/GeneralTypes/',
  /** OPC 40084-3, version 2. */
  extruder: 'http://opcfoundation.org/UA/PlasticsRubber/Extrusion_v2/Extruder/',
} as const;

export type ModelName = keyof typeof modelUris;

/** @throws when the model is not loaded: its nodeset is not what its header says */
export function indexOf(addressSpace: IAddressSpace, model: ModelName): number {
  const index = addressSpace.getNamespaceIndex(modelUris[model]);
  if (index < 0) throw new Error(`the nodeset of ${modelUris[model]} is not loaded`);
  return index;
}

/** @throws when the model has no such type */
export function objectType(addressSpace: IAddressSpace, model: ModelName, name: string): UAObjectType {
  const type = addressSpace.findObjectType(name, indexOf(addressSpace, model));
  if (!type) throw new Error(`${modelUris[model]} has no object type ${name}`);
  return type;
}
