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
/** Loss in the main motor at its overload limit. */
const motorLossW = 125;
/** The drive's own ramp is steeper than the one it is commanded with, so that it follows. */
const rampMargin = 2;

/**
 * The plant of a machine: heaters, gains and time constants from the nominal heater models, the rest from a machine of
 * this size.
 */
export function nominalPlant(machine: Machine): PlantParameters {
  const zones = machine.zones.map((zone) => zoneOf(machine, zone.id));
  const installedW = zones.reduce((sum, { heaterW }) => sum + heaterW, 0);
  const screw = screwOf(machine);
  const firstLossWPerK = zones[0]?.lossWPerK ?? 0;
  return {
    ambientC: machine.zones[0]?.model.ambientC ?? 23,
    zones: zones.map((zone, index) =>
      index === 0 ? { ...zone, lossWPerK: firstLossWPerK * (1 - throatShare) } : zone,
    ),
    couplings: couplingsOf(machine),
    throat: { capacityJPerK: 200, couplingWPerK: firstLossWPerK * throatShare, lossWPerK: 0.25, pumpWPerK: 1.5 },
    motor: {
      capacityJPerK: 900,
      lossWPerK: 1,
      fanWPerK: 0.6,
      resistanceOhm: motorLossW / (screw?.overloadA ?? 1) ** 2,
    },
    melt: {
      drawWPerK: (drawShare * installedW) / workingExcessK,
      firstZoneShare: 0.65,
      shearW: 0.06 * installedW,
      fillSeconds: 15,
    },
    shafts: machine.drives.map((drive) => shaftOf(drive, drive === screw)),
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

/**
 * A neighbour that is lifted by k of a zone's excess is coupled to it by k / (1 - k) of its own loss. Where both name
 * each other, the mean counts: heat flows along one path.
 */
function couplingsOf(machine: Machine): PlantParameters['couplings'] {
  const order = machine.zones.map(({ id }) => id);
  const named = machine.zones.flatMap(({ id, model }) =>
    model.coupling.map(({ zone, kPerK }) => {
      const [first = 0, second = 0] = [order.indexOf(id), order.indexOf(zone)].toSorted((a, b) => a - b);
      return { first, second, wPerK: (kPerK / (1 - kPerK)) * zoneOf(machine, zone).lossWPerK };
    }),
  );
  const paths = Map.groupBy(named, ({ first, second }) => `${first} ${second}`);
  return [...paths.values()].map((path) => ({
    zones: [path[0]?.first ?? 0, path[0]?.second ?? 0] as const,
    wPerK: path.reduce((sum, { wPerK }) => sum + wPerK, 0) / path.length,
  }));
}

function zoneNamed(machine: Machine, id: string): Machine['zones'][number] {
  const zone = machine.zones.find((candidate) => candidate.id === id);
  if (zone === undefined) throw new RangeError(`the machine has no zone ${id}`);
  return zone;
}

/** The drive without which a start makes no sense turns the screw. */
function screwOf({ drives }: Machine): Machine['drives'][number] | undefined {
  return drives.find(({ neededToStart }) => neededToStart) ?? drives[0];
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
