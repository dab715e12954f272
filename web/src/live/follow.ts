import { batch, effect, untracked } from '@preact/signals';
import { ask } from '../contract/ask.ts';
import type { AlarmReply, SignalReply } from '../contract/replies.ts';
import { sessionState, whoAmI } from '../session/session.ts';
import { hearServerTime } from './clock.ts';
import { connection, heardEvent, resetConnection, streamBroke } from './connection.ts';
import * as plant from './plant.ts';
import { breakRecent, forgetRecent, preloadRecent, recordRecent } from './recent.ts';
import { LiveStream } from './stream.ts';

/** Keeps the page's image of the machine up to date while somebody is signed in and the page can be seen. */
export function followMachine(): void {
  const stream = new LiveStream('/api/v1/live', {
    snapshot(event) {
      hear(event.at, () => {
        plant.machine.value = event.machine;
        plant.applySnapshot(event.signals);
        if (event.alarms !== undefined) plant.replaceAlarms(event.alarms);
      });
      if (event.alarms === undefined) void listAlarms();
      void describeSignals().then(preloadRecent);
    },
    delta(event) {
      hear(event.at, () => {
        if (plant.applySamples(event.signals)) void describeSignals();
      });
      recordRecent();
    },
    // Its time is the scan's, which lies in the past when the control process is silent: no clock to go by.
    state: (machine) => hear(null, () => void (plant.machine.value = machine)),
    alarm(alarm) {
      hear(null, () => plant.applyAlarm(alarm));
      listAlarmsSoon();
    },
    broke() {
      streamBroke();
      void whoAmI();
    },
  });
  effect(() => {
    if (sessionState.value === 'in' && !document.hidden) stream.open();
    else stream.close();
    if (sessionState.value === 'out') untracked(forget);
  });
  effect(() => {
    if (connection.value === 'lost') untracked(breakRecent);
  });
  // A browser opens six connections to one server at most. A page that nobody sees gives its stream back, so that
  // forgotten tabs can never keep a Stop of the visible one waiting; when seen again it begins with a whole snapshot.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) stream.close();
    else if (sessionState.value === 'in') stream.open();
  });
}

function hear(at: string | null, apply: () => void): void {
  batch(() => {
    if (at !== null) hearServerTime(at);
    heardEvent();
    apply();
  });
}

function forget(): void {
  describedAtMs = Number.NEGATIVE_INFINITY;
  plant.forgetPlant();
  forgetRecent();
  resetConnection();
}

/** Descriptions are asked for at most so often, in ms, however many samples nobody has described. */
const describeEveryMs = 2_000;

let describedAtMs = Number.NEGATIVE_INFINITY;

/** Descriptions come apart from the stream; the values in this reply are older than the stream's and are not taken. */
async function describeSignals(): Promise<void> {
  if (performance.now() - describedAtMs < describeEveryMs) return;
  describedAtMs = performance.now();
  const answer = await ask<readonly SignalReply[]>('GET', '/signals');
  if (answer.ok) plant.signals.value = new Map(answer.reply.map((entry) => [entry.id, entry]));
}

/** The machine and its alarms as a whole: events tell changes, this puts right what they could leave out. */
async function listAlarms(): Promise<void> {
  const answer = await ask<readonly AlarmReply[]>('GET', '/alarms');
  if (answer.ok) plant.replaceAlarms(answer.reply);
}

let listing: number | undefined;

function listAlarmsSoon(): void {
  window.clearTimeout(listing);
  listing = window.setTimeout(() => void listAlarms(), 500);
}
