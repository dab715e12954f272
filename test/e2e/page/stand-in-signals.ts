import type { AlarmReply, MachineReply, SignalReply } from '../../../web/src/contract/replies.ts';

type Entry = Omit<SignalReply, 'quality' | 'sourceTime' | 'ageMs' | 'simulated'>;

const temperature = (name: string, title: string, value: number, limits: SignalReply['limits'] = null): Entry => ({
  id: `temperature.${name}`,
  title,
  value,
  unit: '°C',
  direction: 'input',
  type: 'Double',
  span: name === 'motor' ? [-20, 150] : [-20, 400],
  decimals: 1,
  freshnessMs: 1_000,
  limits,
});

const zone = (name: string, title: string, actual: number, setpoint: number, duty: number): Entry[] => [
  temperature(name, `${title} temperature`, actual, [
    { kind: 'trip', side: 'above', value: 280 },
    { kind: 'minimum', side: 'below', value: 170 },
  ]),
  {
    id: `heater.${name}.setpoint`,
    title: `${title} setpoint`,
    value: setpoint,
    unit: '°C',
    direction: 'setting',
    type: 'Double',
    span: [0, 265],
    decimals: 0,
    role: 'operator',
  },
  {
    id: `heater.${name}.output`,
    title: `${title} heater duty`,
    value: duty,
    unit: '%',
    direction: 'output',
    type: 'Double',
    span: [0, 100],
    decimals: 0,
    freshnessMs: 1_000,
  },
];

const drive = (name: string, title: string, rpm: number, maximum: number, ampere: number): Entry[] => {
  const of = (part: string, rest: Partial<Entry>): Entry => ({
    id: `motor.${name}.${part}`,
    title: `${title} ${part}`,
    value: 0,
    direction: 'input',
    freshnessMs: 1_000,
    ...rest,
  });
  return [
    of('setpoint', {
      value: rpm,
      unit: 'rpm',
      direction: 'setting',
      freshnessMs: null,
      span: [0, maximum],
      role: 'operator',
    }),
    of('command', { unit: 'rpm', direction: 'output' }),
    of('speed', { value: 0, unit: 'rpm' }),
    of('current', { value: ampere, unit: 'A', decimals: 1 }),
    of('running', { value: false, type: 'Boolean' }),
    of('fault', { value: 0, type: 'UInt16' }),
  ];
};

const switched = (id: string, title: string, value: boolean): Entry => ({
  id,
  title,
  value,
  direction: 'output',
  type: 'Boolean',
  freshnessMs: 1_000,
});

/** What a machine with so many heated zones describes, idle and cold enough that a start is refused. */
export function describedSignals(zones: number): Entry[] {
  return [
    temperature('feed', 'Feed throat temperature', 41.3),
    ...Array.from({ length: zones }, (_, index) =>
      zone(`zone${index + 1}`, `Barrel zone ${index + 1}`, 164.2 + 3 * index, 200, 62 - 9 * index),
    ).flat(),
    temperature('motor', 'Main motor housing', 38.4, [
      { kind: 'alarm', side: 'above', value: 60 },
      { kind: 'trip', side: 'above', value: 65 },
    ]),
    { id: 'heater.enabled', title: 'Heating', value: true, direction: 'setting', type: 'Boolean' },
    { ...switched('heater.contactor', 'Heater contactor', true) },
    {
      id: 'heater.power',
      title: 'Heater power',
      value: 0.29,
      unit: 'kW',
      direction: 'input',
      decimals: 2,
      freshnessMs: 1_000,
    },
    ...drive('main', 'Main drive', 300, 1500, 0.4),
    ...drive('feed', 'Feed drive', 60, 600, 0.1),
    switched('fan.on', 'Cooling fan', true),
    switched('pump.on', 'Water pump', false),
    {
      id: 'fan.nozzle',
      title: 'Nozzle fan',
      value: 30,
      unit: '%',
      direction: 'output',
      type: 'Double',
      freshnessMs: 1_000,
    },
    {
      id: 'machine.state',
      title: 'Machine state',
      value: 1,
      direction: 'derived',
      type: 'Enumeration',
      states: ['IDLE', 'HEATING', 'READY', 'STARTING', 'RUNNING', 'STOPPING', 'ALARM'],
    },
    { id: 'machine.heartbeat', title: 'Heartbeat', value: 1, direction: 'derived', type: 'UInt32' },
  ];
}

export function heatingMachine(): Omit<MachineReply, 'at' | 'alarms'> {
  return {
    state: 'HEATING',
    mode: 'AUTO',
    heating: true,
    recipe: null,
    startPermitted: false,
    blockers: [
      {
        code: 'NOT_AT_TEMPERATURE',
        text: 'Zone 1 is not at its setpoint yet: it reads 164 °C and has to come within 5 K of 200 °C.',
        actual: 164.2,
        required: 195,
        unit: '°C',
        etaSeconds: 210,
      },
      {
        code: 'COLD_EXTRUSION',
        text: 'Screw start needs every barrel zone above 170 °C; zone 1 reads 164 °C.',
        actual: 164.2,
        required: 170,
        unit: '°C',
        etaSeconds: 40,
      },
      {
        code: 'WRONG_STATE',
        text: 'The machine is still heating; it starts from Ready.',
        actual: 'HEATING',
        required: 'READY',
      },
    ],
  };
}

/** An alarm as it is just raised; `change` says what differs. */
export function raisedAlarm(change: Partial<AlarmReply> & { id: string; text: string }): AlarmReply {
  return {
    occurrenceId: `${change.id}-1`,
    priority: 2,
    state: 'unacknowledged',
    active: true,
    acknowledged: false,
    latched: false,
    trip: false,
    firstOut: false,
    suppressedBy: null,
    shelvedUntil: null,
    raisedAt: new Date().toISOString(),
    clearedAt: null,
    value: null,
    quality: null,
    count: 1,
    explanation: 'Zone 2 sensor gives no reading; −20…400 °C are possible. Check the thermocouple and its plug.',
    consequence: 'The zone is no longer heated and the machine stops.',
    response: 'Check the thermocouple and its plug at the I/O box.',
    ...change,
  };
}
