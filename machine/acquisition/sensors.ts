import type { MachineDeclaration, SensorDeclaration } from '../declaration.ts';

/**
 * Every temperature sensor that is watched: those declared, and a sensor for each zone that none of them names. Such a zone
 * trips like any other, its readings are only not checked for jumps.
 */
export function watchedSensors(declaration: MachineDeclaration): readonly SensorDeclaration[] {
  const named = new Set(declaration.sensors.flatMap((sensor) => [sensor.signal, sensor.raw]));
  const others = declaration.zones.filter((zone) => !named.has(zone.temperature) && !named.has(zone.raw));
  return [
    ...declaration.sensors,
    ...others.map((zone) => ({
      id: zone.id,
      title: zone.title,
      signal: zone.temperature,
      raw: zone.raw,
      trips: true,
      maximumJumpK: Number.POSITIVE_INFINITY,
    })),
  ];
}
