import type { Reason } from '../commands/command.ts';
import { staleReason } from '../control/permissives.ts';
import { numberText } from '../control/reason-text.ts';
import { lowSetpointReason, standingDriveReason } from '../control/running-reasons.ts';
import type { MachineState } from '../control/state.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { InForce } from './in-force.ts';
import { changesTo, type RecipeTarget } from './recipe-target.ts';

/**
 * All that stands against loading a recipe now and may be otherwise later.
 *
 * @param faulty paths of what is wrong with the recipe itself: nothing more is said for the sake of such a limit
 */
export function recipeObstacles(
  declaration: MachineDeclaration,
  target: RecipeTarget,
  inForce: InForce,
  faulty: ReadonlySet<string>,
): Reason[] {
  return [
    ...stateReasons(inForce),
    ...limitReasons(target, inForce),
    ...setpointsThatStay(declaration, target, inForce, faulty),
    ...speedsThatStay(target, inForce, faulty),
    ...runningReasons(declaration, target, inForce),
    ...staleReasons(target, inForce),
  ];
}

const waysOut: Readonly<Partial<Record<MachineState, string>>> = {
  STARTING: 'Wait until it runs, or stop it',
  STOPPING: 'Wait until it stands',
  ALARM: 'Mend the cause of the trip and clear the alarms',
};

function stateReasons({ state, busy }: InForce): Reason[] {
  const reasons: Reason[] = [];
  const wayOut = waysOut[state];
  if (wayOut !== undefined) {
    const text = `No recipe is loaded in ${state}. ${wayOut}.`;
    reasons.push({ code: 'WRONG_STATE', text, actual: state, required: 'IDLE' });
  }
  if (busy !== null) {
    const [code, deed] = busy === 'tuning' ? ['AUTOTUNE_ACTIVE', 'tuned'] : ['ZONE_TEST_ACTIVE', 'tested'];
    const text = `No recipe is loaded while a zone is ${deed}. Wait for its end, or abort it.`;
    reasons.push({ code, text, actual: true, required: false });
  }
  return reasons;
}

/** With a drive turning, in MANUAL too, another minimum could trip the machine at once. */
function limitReasons(target: RecipeTarget, inForce: InForce): Reason[] {
  if (inForce.state !== 'RUNNING' && !inForce.drivesTurn) return [];
  return changesTo(target, inForce)
    .filter(({ isLimit }) => isLimit)
    .map(({ what, from, to, unit }) => ({
      code: 'LIMITS_FIXED_WHILE_RUNNING',
      text: `${what} would go from ${numberText(from)} to ${numberText(to)} ${unit}; limits don't change while a drive turns. Stop the machine first.`,
      actual: to,
      required: from,
      unit,
    }));
}

/** A setpoint that the recipe does not name stays, and must not fall below a minimum that goes up over it. */
function setpointsThatStay(
  declaration: MachineDeclaration,
  target: RecipeTarget,
  inForce: InForce,
  faulty: ReadonlySet<string>,
): Reason[] {
  const reasons: Reason[] = [];
  for (const { id, title, setpointC, minimumC } of target.zones) {
    const now = inForce.zones.get(id);
    const stays = setpointC === null ? (now?.setpointC ?? 0) : 0;
    const required = minimumC + declaration.commands.runningMarginK;
    const isRaised = now !== undefined && minimumC > now.minimumC && !faulty.has(`zones.${id}.minimumC`);
    if (!isRaised || stays === 0 || stays >= required) continue;
    const text = `The setpoint of ${title} stays at ${numberText(stays)} °C, but with the minimum at ${numberText(minimumC)} °C it must be at least ${numberText(required)} °C. Change the setpoint first, or name one in the recipe.`;
    reasons.push({ code: 'SETPOINT_BELOW_MINIMUM', text, actual: stays, required, unit: '°C' });
  }
  return reasons;
}

/** The same for a speed, which must not be above the maximum. */
function speedsThatStay({ drives }: RecipeTarget, inForce: InForce, faulty: ReadonlySet<string>): Reason[] {
  const reasons: Reason[] = [];
  for (const { id, title, speedRpm, maximumRpm } of drives) {
    const stays = speedRpm === null ? (inForce.drives.get(id)?.speedRpm ?? 0) : 0;
    if (stays <= maximumRpm || faulty.has(`drives.${id}.maximumRpm`)) continue;
    const text = `The speed of ${title} stays at ${numberText(stays)} rpm, above the maximum of ${numberText(maximumRpm)} rpm. Change the speed first, or name one in the recipe.`;
    reasons.push({ code: 'SPEED_ABOVE_MAXIMUM', text, actual: stays, required: maximumRpm, unit: 'rpm' });
  }
  return reasons;
}

/** As for single settings: no zone is switched off under a turning screw, and no screw stands while it is fed. */
function runningReasons(declaration: MachineDeclaration, target: RecipeTarget, { state }: InForce): Reason[] {
  if (state !== 'RUNNING') return [];
  const { runningMarginK } = declaration.commands;
  const needed = new Set(declaration.drives.filter(({ neededToStart }) => neededToStart).map(({ id }) => id));
  return [
    ...target.zones
      .filter(({ setpointC }) => setpointC === 0)
      .map(({ title, minimumC }) => lowSetpointReason(title, 0, minimumC + runningMarginK)),
    ...target.drives
      .filter(({ id, speedRpm }) => speedRpm === 0 && needed.has(id))
      .map(({ title }) => standingDriveReason(title)),
  ];
}

/** As for a single speed: a turning drive takes none, but 0, while a zone or motor temperature is not known. */
function staleReasons({ drives }: RecipeTarget, { state, unknownTemperatures }: InForce): Reason[] {
  if (state !== 'RUNNING' || drives.every(({ speedRpm }) => speedRpm === null || speedRpm === 0)) return [];
  return unknownTemperatures.map(({ title, quality }) => staleReason(title, quality));
}
