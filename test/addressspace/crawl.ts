import {
  AttributeIds,
  BrowseDirection,
  type ClientSession,
  LocalizedText,
  NodeClass,
  NodeId,
  resolveNodeId,
} from 'node-opcua';

interface Found {
  readonly id: string;
  /** With the index of its namespace, as in the address space. */
  readonly name: string;
  readonly nodeClass: NodeClass;
  readonly type: string;
}

export interface CrawlReport {
  /** Paths of variables that were read. */
  readonly read: readonly string[];
  /** Paths of what a type makes mandatory and the instance does not have. */
  readonly missing: readonly string[];
  /** Path and status of variables that are not Good. */
  readonly notGood: readonly string[];
  /** Paths of variables that are Good and have nothing but the null of their type. */
  readonly empty: readonly string[];
}

const mandatory = 'i=78';

/**
 * Walks an instance as a strange client does who has only its type: looks for every mandatory part of the type, of its
 * supertypes and of the types of its parts, and reads every variable.
 */
export class Crawler {
  readonly #session: ClientSession;
  readonly #parts = new Map<string, Promise<readonly Found[]>>();
  readonly #chains = new Map<string, Promise<readonly string[]>>();
  readonly #rules = new Map<string, Promise<boolean>>();
  readonly #read: string[] = [];
  readonly #missing: string[] = [];
  readonly #notGood: string[] = [];
  readonly #empty: string[] = [];

  constructor(session: ClientSession) {
    this.#session = session;
  }

  async crawl(instanceId: string): Promise<CrawlReport> {
    const { references } = await this.#session.browse({
      nodeId: instanceId,
      referenceTypeId: 'HasTypeDefinition',
      browseDirection: BrowseDirection.Forward,
      resultMask: 63,
    });
    const type = references?.[0]?.nodeId.toString() ?? '';
    await this.#check(instanceId, '', await this.#chain(type));
    return { read: this.#read, missing: this.#missing, notGood: this.#notGood, empty: this.#empty };
  }

  /** @param declarations nodes of types that say what the instance has to have */
  async #check(instanceId: string, path: string, declarations: readonly string[]): Promise<void> {
    const parts = await this.#partsOf(instanceId);
    const declared = new Map<string, string[]>();
    for (const declaration of declarations) {
      for (const part of await this.#partsOf(declaration)) {
        const has = parts.some(({ name }) => name === part.name);
        if (has) declared.set(part.name, [...(declared.get(part.name) ?? []), part.id]);
        else if (await this.#isMandatory(part.id)) this.#missing.push(`${path}/${part.name}`);
      }
    }
    for (const part of parts) {
      // What the type does not know is ours: signals, methods, modules.
      const known = declared.get(part.name) ?? [];
      const ofContainer = part.name.endsWith('_001') || part.name.endsWith('_002') || /User_\d+$/.test(part.name);
      if (known.length === 0 && !ofContainer) continue;
      await this.#look(part, `${path}/${part.name}`, known);
    }
  }

  async #look(part: Found, path: string, declarations: readonly string[]): Promise<void> {
    if (part.nodeClass === NodeClass.Variable) {
      const { statusCode, value } = await this.#session.read({ nodeId: part.id, attributeId: AttributeIds.Value });
      this.#read.push(path);
      if (statusCode.name !== 'Good') this.#notGood.push(`${path} ${statusCode.name}`);
      else if (isNull(value.value)) this.#empty.push(path);
    }
    if (part.nodeClass === NodeClass.Method) return;
    await this.#check(part.id, path, [...declarations, ...(await this.#chain(part.type))]);
  }

  /** A type and all that it is derived from. */
  #chain(typeId: string): Promise<readonly string[]> {
    const known = this.#chains.get(typeId) ?? this.#chainOf(typeId);
    this.#chains.set(typeId, known);
    return known;
  }

  async #chainOf(typeId: string): Promise<readonly string[]> {
    const { references } = await this.#session.browse({
      nodeId: typeId,
      referenceTypeId: 'HasSubtype',
      browseDirection: BrowseDirection.Inverse,
      resultMask: 63,
    });
    const base = references?.[0]?.nodeId.toString();
    return base === undefined ? [typeId] : [typeId, ...(await this.#chain(base))];
  }

  #partsOf(nodeId: string): Promise<readonly Found[]> {
    const known = this.#parts.get(nodeId) ?? this.#browse(nodeId);
    this.#parts.set(nodeId, known);
    return known;
  }

  async #browse(nodeId: string): Promise<readonly Found[]> {
    const { references } = await this.#session.browse({
      nodeId,
      referenceTypeId: 'Aggregates',
      includeSubtypes: true,
      browseDirection: BrowseDirection.Forward,
      resultMask: 63,
    });
    return (references ?? []).map(({ nodeId: id, browseName, nodeClass, typeDefinition }) => ({
      id: id.toString(),
      name: browseName.toString(),
      nodeClass,
      type: typeDefinition.toString(),
    }));
  }

  #isMandatory(declaration: string): Promise<boolean> {
    const known = this.#rules.get(declaration) ?? this.#ruleOf(declaration);
    this.#rules.set(declaration, known);
    return known;
  }

  async #ruleOf(declaration: string): Promise<boolean> {
    const { references } = await this.#session.browse({
      nodeId: declaration,
      referenceTypeId: 'HasModellingRule',
      browseDirection: BrowseDirection.Forward,
      resultMask: 63,
    });
    return references?.some(({ nodeId }) => nodeId.toString() === resolveNodeId(mandatory).toString()) ?? false;
  }
}

/** Also an empty text, and a null NodeId or LocalizedText. */
function isNull(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (value instanceof NodeId) return value.isEmpty();
  return value instanceof LocalizedText && (value.text ?? '') === '';
}
