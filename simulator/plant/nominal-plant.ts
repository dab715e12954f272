import type { Configuration } from '../../config/configuration.ts';
import type { PlantParameters, ShaftParameters, ZoneParameters } from './parameters.ts';

type Machine = Configuration['machine'];

/** The simulated barrel is a little heavier and better insulated than its nominal model: no real one is nominal. */
const heavier = 1.05;
const lossier = 0.97;
/** Share of a zone's heat loss that goes into the feed throat. */
const throatShare = 0.08;
/** The nozzle fan at full blow, as a share of the zone's still loss. */
const nozzleFanShare = 0.2;
/** Heat that full feed draws for each watt of installed heating, at 180 K above the throat. */
const drawShare = 0.25;
const workingExcessK = 180;
/** The drive's own ramp is steeper than the one it is commanded with, so that it follows. */
const rampMargin = 2;

/**
 * The plant of a machine: heaters, gains and time constants from the nominal heater models, the rest from a machine of
 * this size.
 */
export function nominalPlant(machine: Machine): PlantParameters {
  const zones = machine.zones.map((zone) => zoneOf(machine, zone.id));
  const installedW = zones.reduce((sum, { heaterW }) => sum + heaterW, 0);
  const firstLossWPerK = zones[0]?.lossWPerK ?? 0;
  return {
    ambientC: machine.zones[0]?.model.ambientC ?? 23,
    zones: zones.map((zone, index) =>
      index === 0 ? { ...zone, lossWPerK: firstLossWPerK * (1 - throatShare) } : zone,
    ),
    couplings: couplingsOf(machine),
    throat: { capacityJPerK: 200, couplingWPerK: firstLossWPerK * throatShare, lossWPerK: 0.25, pumpWPerK: 1.5 },
    motor: { capacityJPerK: 900, lossWPerK: 1, fanWPerK: 0.6, resistanceOhm: 0.55 },
    melt: {
      drawWPerK: (drawShare * installedW) / workingExcessK,
      firstZoneShare: 0.65,
      shearW: 0.06 * installedW,
      fillSeconds: 15,
    },
    shafts: machine.drives.map((drive) => shaftOf(drive, isScrew(machine, drive))),
    sensorLagSeconds: 2,
    noiseK: 0.05,
  };
}

function zoneOf(machine: Machine, id: string): ZoneParameters {
  const { model, nominalPowerW } = zoneNamed(machine, id);
  // heated alone, a zone loses this much per kelvin, its neighbours' share included
  const wholeLossWPerK = (lossier * nominalPowerW) / (100 * model.gainKPerPercent);
  const coupled = model.coupling.reduce((sum, { kPerK }) => sum + kPerK, 0);
  const lossWPerK = wholeLossWPerK / (1 + coupled);
  return {
    id,
    heaterW: nominalPowerW,
    capacityJPerK: heavier * model.timeConstantSeconds * wholeLossWPerK,
    lossWPerK,
    deadTimeSeconds: model.deadTimeSeconds,
    nozzleFanWPerK: machine.auxiliaries.nozzleZone === id ? nozzleFanShare * lossWPerK : 0,
  };
}

/** A neighbour that is lifted by k of a zone's excess is coupled by k / (1 - k) of its own loss. */
function couplingsOf(machine: Machine): PlantParameters['couplings'] {
  const order = machine.zones.map(({ id }) => id);
  return machine.zones.flatMap(({ id, model }, index) =>
    model.coupling
      .filter(({ zone }) => order.indexOf(zone) > index)
      .map(({ zone, kPerK }) => ({
        zones: [order.indexOf(id), order.indexOf(zone)] as const,
        wPerK: (kPerK / (1 - kPerK)) * zoneOf(machine, zone).lossWPerK,
      })),
  );
}

function zoneNamed(machine: Machine, id: string): Machine['zones'][number] {
  const zone = machine.zones.find((candidate) => candidate.id === id);
  if (zone === undefined) throw new RangeError(`the machine has no zone ${id}`);
  return zone;
}

/** The drive without which a start makes no sense turns the screw. */
function isScrew(machine: Machine, drive: Machine['drives'][number]): boolean {
  const screw = machine.drives.find(({ neededToStart }) => neededToStart) ?? machine.drives[0];
  return screw === drive;
}

/** Currents as shares of the overload limit: far below it in sound operation, above it with cold melt. */
function shaftOf(drive: Machine['drives'][number], screw: boolean): ShaftParameters {
  const { id, maximumRpm, overloadA } = drive;
  return {
    id,
    turns: screw ? 'screw' : 'feeder',
    maximumRpm,
    rampRpmPerS: rampMargin * Math.max(drive.rampUpRpmPerS, drive.rampDownRpmPerS),
    coastRpmPerS: maximumRpm,
    idleA: 0.08 * overloadA,
    frictionA: 0.12 * overloadA,
    loadA: (screw ? 0.4 : 0.15) * overloadA,
    accelerationA: 0.1 * overloadA,
    limitA: Math.min(19.5, 1.3 * overloadA),
  };
}
