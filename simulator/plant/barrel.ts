import type { PlantInputs } from './inputs.ts';
import type { PlantParameters, ZoneParameters } from './parameters.ts';
import { deadTimeSlots, type HeatLedger, type PlantState, type ZoneState } from './state.ts';

/** What a step of the barrel changes. */
export type BarrelChange = Pick<PlantState, 'zones' | 'throatC' | 'ledger'>;

/**
 * Heat in the barrel `dt` seconds later: every zone is one lump of metal that takes heat from its band after the dead
 * time, gives some to its neighbours, the room, the nozzle fan and the melt, and gets some from shearing.
 */
export function stepBarrel(
  parameters: PlantParameters,
  state: PlantState,
  inputs: PlantInputs,
  dt: number,
): BarrelChange {
  const { ambientC, melt, throat } = parameters;
  const temperatures = state.zones.map(({ barrelC }) => barrelC);
  const gainW = temperatures.map(() => 0);
  const add = (zone: number, powerW: number): void => {
    gainW[zone] = (gainW[zone] ?? 0) + powerW;
  };
  const at = (zone: number): number => temperatures[zone] ?? ambientC;

  for (const { zones, wPerK } of parameters.couplings) {
    const flowW = wPerK * (at(zones[0]) - at(zones[1]));
    add(zones[0], -flowW);
    add(zones[1], flowW);
  }
  const toThroatW = throat.couplingWPerK * (at(0) - state.throatC);
  add(0, -toThroatW);
  const throatLossW = (throat.lossWPerK + (inputs.pump ? throat.pumpWPerK : 0)) * (state.throatC - ambientC);

  let [lostW, meltW] = [throatLossW, 0];
  const shearW = melt.shearW * state.filling * screwShare(parameters, state);
  const zones = state.zones.map((zone, index): ZoneState => {
    const own = parameters.zones[index];
    if (own === undefined) throw new RangeError(`the plant has no zone ${index}`);
    const lossW = (own.lossWPerK + own.nozzleFanWPerK * inputs.nozzleFan) * (zone.barrelC - ambientC);
    const drawnW = state.filling * drawShare(parameters, index) * melt.drawWPerK * (zone.barrelC - state.throatC);
    const electricW = own.heaterW * (inputs.heating[index] ?? 0);
    const { arrivedJ, ...underWay } = carry(own, zone, electricW, dt);
    lostW += lossW;
    meltW += drawnW;
    const storedJ = arrivedJ + ((gainW[index] ?? 0) + shearW / state.zones.length - lossW - drawnW) * dt;
    return {
      barrelC: zone.barrelC + storedJ / own.capacityJPerK,
      electricJ: zone.electricJ + electricW * dt,
      ...underWay,
    };
  });
  const ledger: HeatLedger = {
    shearJ: state.ledger.shearJ + shearW * dt,
    lostJ: state.ledger.lostJ + lostW * dt,
    meltJ: state.ledger.meltJ + meltW * dt,
  };
  const throatC = state.throatC + ((toThroatW - throatLossW) * dt) / throat.capacityJPerK;
  return { zones, throatC, ledger };
}

function screwShare(parameters: PlantParameters, state: PlantState): number {
  const shares = parameters.shafts.map(({ turns, maximumRpm }, index) =>
    turns === 'screw' ? Math.abs(state.shafts[index]?.speedRpm ?? 0) / maximumRpm : 0,
  );
  return Math.max(0, ...shares);
}

function drawShare({ zones, melt }: PlantParameters, index: number): number {
  if (zones.length === 1) return 1;
  return index === 0 ? melt.firstZoneShare : (1 - melt.firstZoneShare) / (zones.length - 1);
}

/** Puts the heater's heat into the delay line and takes out what arrives at the bore. No joule is lost on the way. */
function carry(
  own: ZoneParameters,
  { underWayJ, slotSeconds }: ZoneState,
  electricW: number,
  dt: number,
): { arrivedJ: number; underWayJ: readonly number[]; slotSeconds: number } {
  const widthSeconds = own.deadTimeSeconds / deadTimeSlots;
  const slots = [...underWayJ];
  let arrivedJ = 0;
  let leftSeconds = dt;
  let filledSeconds = slotSeconds;
  while (leftSeconds > 0) {
    const pourSeconds = Math.min(leftSeconds, widthSeconds - filledSeconds);
    slots[slots.length - 1] = (slots.at(-1) ?? 0) + electricW * pourSeconds;
    filledSeconds += pourSeconds;
    leftSeconds -= pourSeconds;
    if (filledSeconds < widthSeconds - 1e-12) continue;
    arrivedJ += slots.shift() ?? 0;
    slots.push(0);
    filledSeconds = 0;
  }
  return { arrivedJ, underWayJ: slots, slotSeconds: filledSeconds };
}
