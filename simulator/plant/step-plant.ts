import { stepBarrel } from './barrel.ts';
import type { PlantInputs } from './inputs.ts';
import { gaussian } from './noise.ts';
import type { PlantParameters } from './parameters.ts';
import { stepShaft } from './shaft.ts';
import type { PlantState, SensorState } from './state.ts';

/** Longest step of the integration, s: far below every time constant and the slots of the dead time. */
const longestStepSeconds = 0.1;

/**
 * The plant `dtSeconds` of model time later. Pure: the noise too follows from the state alone.
 *
 * @param dtSeconds  0 or more; long steps are taken in small ones
 */
export function stepPlant(
  parameters: PlantParameters,
  state: PlantState,
  inputs: PlantInputs,
  dtSeconds: number,
): PlantState {
  let next = state;
  let leftSeconds = dtSeconds;
  while (leftSeconds > 1e-9) {
    const stepSeconds = Math.min(leftSeconds, longestStepSeconds);
    next = smallStep(parameters, next, inputs, stepSeconds);
    leftSeconds -= stepSeconds;
  }
  return next;
}

function smallStep(parameters: PlantParameters, state: PlantState, inputs: PlantInputs, dt: number): PlantState {
  const shafts = parameters.shafts.map((shaft, index) => {
    const [present, drive] = [state.shafts[index], inputs.shafts[index]];
    if (present === undefined || drive === undefined) throw new RangeError(`no drive moves shaft ${shaft.id}`);
    return stepShaft(shaft, present, drive, { filling: state.filling, meltC: coldestC(state) }, dt);
  });
  const barrel = stepBarrel(parameters, state, inputs, dt);
  const mainCurrentA = shafts[parameters.shafts.findIndex(({ turns }) => turns === 'screw')]?.currentA ?? 0;
  const { motor, ambientC } = parameters;
  const motorW =
    motor.resistanceOhm * mainCurrentA ** 2 -
    (motor.lossWPerK + (inputs.fan ? motor.fanWPerK : 0)) * (state.motorC - ambientC);
  const motorC = state.motorC + (motorW * dt) / motor.capacityJPerK;
  return withSensors(parameters, dt, {
    ...state,
    ...barrel,
    seconds: state.seconds + dt,
    shafts,
    motorC,
    filling: state.filling + ((feedShare(parameters, shafts) - state.filling) * dt) / parameters.melt.fillSeconds,
  });
}

/** What the feeders give and the screw carries away, as a share of full feed. Nothing moves while the screw stands. */
function feedShare(parameters: PlantParameters, shafts: PlantState['shafts']): number {
  let [fed, carried] = [0, 0];
  for (const [index, { turns, maximumRpm }] of parameters.shafts.entries()) {
    const share = Math.min(1, Math.max(0, (shafts[index]?.speedRpm ?? 0) / maximumRpm));
    if (turns === 'feeder') fed = Math.max(fed, share);
    else carried = Math.max(carried, share);
  }
  // a screw at a fifth of its speed carries full feed
  return Math.min(fed, 5 * carried);
}

function coldestC(state: PlantState): number {
  return Math.min(...state.zones.map(({ barrelC }) => barrelC));
}

/** Sensor tips follow their temperatures, and every reading has its own noise. */
function withSensors(parameters: PlantParameters, dt: number, state: PlantState): PlantState {
  const { sensorLagSeconds, noiseK } = parameters;
  let noise = state.noise;
  function follow({ tipC }: SensorState, trueC: number): SensorState {
    const tip = tipC + (trueC - tipC) * (1 - Math.exp(-dt / sensorLagSeconds));
    const sample = gaussian(noise);
    noise = sample.state;
    return { tipC: tip, readingC: tip + noiseK * sample.value };
  }
  const zones = state.zones.map(({ barrelC }, index) => {
    const sensor = state.sensors.zones[index];
    if (sensor === undefined) throw new RangeError(`zone ${index} has no sensor`);
    return follow(sensor, barrelC);
  });
  const throat = follow(state.sensors.throat, state.throatC);
  const motor = follow(state.sensors.motor, state.motorC);
  return { ...state, sensors: { zones, throat, motor }, noise };
}
