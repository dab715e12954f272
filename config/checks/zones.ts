import { sound } from '../draft.ts';
import type { FaultPath } from '../fault.ts';
import type { Entry } from '../schema/document.ts';
import { entryNamed, signalNamed, type Context } from './context.ts';
import { bitOut, celsiusIn, checkWithin, ownSignal, percentOut, type Owners } from './parts.ts';

/** A setpoint stays at least this far below the trip of its zone, in K. */
const tripMarginK = 15;

/** Zones, the sensors that watch temperatures, and what all heaters have in common. */
export function checkZones(context: Context, owners: Owners): void {
  for (const [id, zone] of sound(context.draft.zones)) {
    checkZone(context, owners, id, zone);
    checkCoupling(context, id, zone);
    checkZoneSensor(context, id, zone);
  }
  for (const [id, sensor] of sound(context.draft.sensors)) {
    signalNamed(context, sensor.signal, { ...celsiusIn, dispensable: !sensor.trips }, ['sensors', id, 'signal']);
  }
  checkMotor(context);
  checkHeating(context, owners);
}

function checkZone(context: Context, owners: Owners, id: string, zone: Entry<'zones'>): void {
  const at = (key: string): FaultPath => ['zones', id, key];
  const measured = ownSignal(context, owners, zone.temperature, celsiusIn, at('temperature'));
  if (measured) {
    checkWithin(context, zone.temperature, zone.tripAboveC, at('tripAboveC'));
    checkWithin(context, zone.temperature, zone.minimumC, at('minimumC'));
    if (zone.lowestMinimumC !== undefined && zone.lowestMinimumC > zone.minimumC) {
      context.report(
        at('lowestMinimumC'),
        `is ${zone.lowestMinimumC} °C, above minimumC (${zone.minimumC} °C), which a recipe may only take down to it`,
      );
    }
  }
  ownSignal(context, owners, zone.output, percentOut, at('output'));
  const wanted = { direction: 'setting', type: 'Double', unit: '°C' } as const;
  const highest = ownSignal(context, owners, zone.setpoint, wanted, at('setpoint'))?.span?.[1];
  if (highest === undefined) return;
  const allowed = zone.tripAboveC - tripMarginK;
  if (highest > allowed) {
    context.report(
      ['signals', zone.setpoint, 'span'],
      `ends at ${highest} °C, but ${id} trips above ${zone.tripAboveC} °C; leave ${tripMarginK} K: end it at ${allowed} °C or lower`,
    );
  }
  if (zone.minimumC >= highest) {
    context.report(
      at('minimumC'),
      `is ${zone.minimumC} °C, not below the highest setpoint ${highest} °C; the machine could never start`,
    );
  }
}

function checkCoupling(context: Context, id: string, zone: Entry<'zones'>): void {
  for (const neighbour of Object.keys(zone.model.coupling)) {
    const path = ['zones', id, 'model', 'coupling', neighbour];
    if (neighbour === id) context.report(path, 'is the zone itself; name its neighbours only');
    else entryNamed(context, 'zones', neighbour, path);
  }
}

/** The sensor of a zone bears the zone's name, so that its alarm is the zone's, and it trips. */
function checkZoneSensor({ draft, report }: Context, id: string, zone: Entry<'zones'>): void {
  if (draft.unreadable.has('sensors')) return;
  if (!draft.sensors.has(id)) {
    report(
      ['sensors', id],
      `is missing; every zone's sensor is watched: add it with signal: ${zone.temperature} and trips: true`,
    );
    return;
  }
  const sensor = draft.sensors.get(id);
  if (!sensor) return;
  if (sensor.signal !== zone.temperature) {
    report(['sensors', id, 'signal'], `is ${sensor.signal}, but ${id} is heated by ${zone.temperature}; name that`);
  }
  if (!sensor.trips) report(['sensors', id, 'trips'], `is false, but ${id} is heated by this sensor; it must be true`);
}

function checkMotor(context: Context): void {
  const { motor } = context.draft;
  if (!motor) return;
  const sensor = entryNamed(context, 'sensors', motor.sensor, ['motor', 'sensor']);
  if (sensor) {
    checkWithin(context, sensor.signal, motor.tripAtC, ['motor', 'tripAtC']);
    if (!sensor.trips) {
      context.report(
        ['sensors', motor.sensor, 'trips'],
        'is false, but the main motor is protected by this sensor; it must be true',
      );
    }
  }
  if (motor.startBelowC > motor.tripAtC) {
    context.report(
      ['motor', 'startBelowC'],
      `is ${motor.startBelowC} °C, above the trip at ${motor.tripAtC} °C; choose a lower temperature`,
    );
  }
}

function checkHeating(context: Context, owners: Owners): void {
  const { heating, guards } = context.draft;
  if (!heating) return;
  ownSignal(context, owners, heating.enabled, { direction: 'setting', type: 'Boolean' }, ['heating', 'enabled']);
  ownSignal(context, owners, heating.contactor, bitOut, ['heating', 'contactor']);
  const measured = { direction: 'input', type: 'Double' } as const;
  signalNamed(context, heating.power, { ...measured, unit: ['kW', 'W'] }, ['heating', 'power']);
  signalNamed(context, heating.energy, { ...measured, unit: 'kWh', dispensable: true }, ['heating', 'energy']);
  if (guards && heating.readyBandK >= guards.deviationK) {
    context.report(
      ['heating', 'readyBandK'],
      `is ${heating.readyBandK} K, not below guards.deviationK (${guards.deviationK} K); a ready zone would be in alarm`,
    );
  }
}
