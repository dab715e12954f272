import { DataType, DataValue, type Namespace, StatusCodes, type UAObject, Variant } from 'node-opcua';
import type { ModuleStatistics } from '../machine/field.ts';
import type { MachineView } from '../machine/ports.ts';
import { permissionsOfAll } from './signals/signal-nodes.ts';

/** Statistics come once a second; asking more often shows nothing new. */
const samplingMs = 1_000;

interface Figure {
  readonly name: string;
  readonly description: string;
  readonly dataType: DataType;
  /** null: there is none now. */
  readonly of: (module: ModuleStatistics) => number | boolean | string | null;
}

const counters = ['requests', 'failures', 'timeouts', 'exceptions', 'lateFrames'] as const;
const figures: readonly Figure[] = [
  {
    name: 'demoted',
    description: 'Only probed, since it does not answer',
    dataType: DataType.Boolean,
    of: ({ demoted }) => demoted,
  },
  {
    name: 'lastError',
    description: 'Names line, unit, function and range; empty when there was none',
    dataType: DataType.String,
    of: ({ lastError }) => lastError ?? '',
  },
  ...counters.map((name) => ({
    name,
    description: `Modbus ${name} since the control process started`,
    dataType: DataType.UInt32,
    of: (module: ModuleStatistics) => module[name] % 0x1_0000_0000,
  })),
  {
    name: 'latencyP50Ms',
    description: 'Median of its reply times over the last 10 s at least, in ms',
    dataType: DataType.Double,
    of: ({ latencyP50Ms }) => latencyP50Ms,
  },
  {
    name: 'latencyP95Ms',
    description: '95th percentile of the same, in ms',
    dataType: DataType.Double,
    of: ({ latencyP95Ms }) => latencyP95Ms,
  },
];

/**
 * The I/O modules as `s=module.<id>` below `s=modules`, each with its figures as `s=module.<id>/<name>`: a slash is in no
 * signal's id. While the control process is silent they are BadCommunicationError, as the signals are.
 */
export function addModuleNodes(namespace: Namespace, machine: UAObject, view: MachineView): void {
  const folder = namespace.addObject({
    nodeId: 's=modules',
    browseName: 'Modules',
    displayName: 'I/O modules',
    componentOf: machine,
    typeDefinition: 'FolderType',
    rolePermissions: permissionsOfAll(),
  });
  for (const { id, line } of view.declaration.modules) {
    const object = namespace.addObject({
      nodeId: `s=module.${id}`,
      browseName: id,
      description: `I/O module ${id} on ${line}`,
      componentOf: folder,
      rolePermissions: permissionsOfAll(),
    });
    for (const figure of figures) addFigure(namespace, object, view, id, figure);
  }
}

function addFigure(
  namespace: Namespace,
  module: UAObject,
  view: MachineView,
  id: string,
  { name, description, dataType, of }: Figure,
): void {
  namespace.addVariable({
    nodeId: `s=module.${id}/${name}`,
    browseName: name,
    description,
    componentOf: module,
    typeDefinition: 'BaseDataVariableType',
    dataType,
    accessLevel: 'CurrentRead',
    userAccessLevel: 'CurrentRead',
    minimumSamplingInterval: samplingMs,
    rolePermissions: permissionsOfAll(),
    value: {
      timestamped_get() {
        const now = new Date();
        const at = { sourceTimestamp: now, serverTimestamp: now };
        const statistics = view.modules.find((each) => each.id === id);
        if (!view.controlAlive) return new DataValue({ ...at, statusCode: StatusCodes.BadCommunicationError });
        const value = statistics === undefined ? null : of(statistics);
        if (value === null) return new DataValue({ ...at, statusCode: StatusCodes.BadNoData });
        return new DataValue({ ...at, statusCode: StatusCodes.Good, value: new Variant({ dataType, value }) });
      },
    },
  });
}
