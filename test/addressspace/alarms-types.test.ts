import assert from 'node:assert/strict';
import { AddressSpace, type Namespace, type UAVariable, generateAddressSpace, nodesets } from 'node-opcua';
import { addConditionNode } from '../../addressspace/alarms/condition-node.ts';
import { conditionTypes } from '../../addressspace/alarms/condition-types.ts';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import type { AlarmDeclaration } from '../../machine/alarms/alarm.ts';
import { factoryMachine } from '../machine/factory.ts';
import { need, plasticsRubberFile } from '../needs.ts';

describe('the types of OPC UA alarms', function () {
  this.timeout(60_000);
  let addressSpace: AddressSpace;
  afterEach(() => addressSpace?.dispose());

  async function namespaceWith(...files: readonly string[]): Promise<Namespace> {
    addressSpace = AddressSpace.create();
    const namespace = addressSpace.registerNamespace(namespaceUri);
    await generateAddressSpace(addressSpace, [nodesets.standard, ...files]);
    return namespace;
  }

  it('of the factory machine follow from what each alarm is', async () => {
    const namespace = await namespaceWith();
    const machine = factoryMachine();
    const typeOf = conditionTypes(namespace, machine);
    const baseOf = (id: string): unknown => {
      const declaration = machine.alarms.find((alarm) => alarm.id === id) as AlarmDeclaration;
      return typeOf(declaration).type.subtypeOfObj?.browseName.name;
    };
    assert.deepEqual(['ESTOP', 'CONTROL_LOST', 'MOTOR_WARM', 'MOTOR_OVERTEMP'].map(baseOf), [
      'TripAlarmType',
      'OffNormalAlarmType',
      'NonExclusiveLevelAlarmType',
      'TripAlarmType',
    ]);
  });

  it('give the emergency stop its help text by OPC 40083, where that is loaded', async function () {
    need(this, 'plasticsRubber');
    const namespace = await namespaceWith(nodesets.di, plasticsRubberFile);
    const machine = factoryMachine();
    const [estop] = machine.alarms.filter(({ id }) => id === 'ESTOP');
    if (estop === undefined) assert.fail();
    const kind = conditionTypes(namespace, machine)(estop);
    assert.equal(kind.type.browseName.name, 'HelpOffNormalAlarmType');
    const { objects } = addressSpace.rootFolder;
    const source = namespace.addObject({ browseName: 'machine', nodeId: 's=machine', organizedBy: objects });
    const folder = namespace.addObject({ browseName: 'alarms', nodeId: 's=alarms', componentOf: source });
    const { node, fieldNodes } = addConditionNode(namespace, { folder, source }, estop, kind);
    const help = fieldNodes.filter(({ path }) => path.endsWith(':HelpText'));
    assert.equal(help.length, 1);
    const index = addressSpace.getNamespaceIndex('http://opcfoundation.org/UA/PlasticsRubber/GeneralTypes/');
    assert.equal(help[0]?.variable, node.getChildByName('HelpText', index) as UAVariable);
    assert.ok(node.getChildByName('SuppressedBy', namespace.index), 'our own properties are there as well');
  });
});
