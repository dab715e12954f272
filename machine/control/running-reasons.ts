import type { Reason } from '../commands/command.ts';
import { numberText } from './reason-text.ts';

/** What a setting may not become while the machine runs, whether it is asked for by itself or by a recipe. */

/** The screw would soon turn in cold melt. */
export function lowSetpointReason(title: string, askedC: number, requiredC: number): Reason {
  const text = `While the machine runs, the setpoint of ${title} must be at least ${numberText(requiredC)} °C; ${numberText(askedC)} °C was asked for. Stop the machine first.`;
  return { code: 'SETPOINT_BELOW_MINIMUM', text, actual: askedC, required: requiredC, unit: '°C' };
}

/** The screw must not stand while it is fed: a drive that a start can't do without is not set to 0. */
export function standingDriveReason(title: string): Reason {
  const text = `While the machine runs, the speed setpoint of ${title} must be at least 1 rpm; 0 rpm was asked for. Stop the machine instead.`;
  return { code: 'NO_SPEED_SETPOINT', text, actual: 0, required: 1, unit: 'rpm' };
}
