import { commandSlot } from '../run/command.ts';

/** Acknowledging and clearing share one place for their answers: the head of the alarm list. */
export const alarmCommands = commandSlot();
