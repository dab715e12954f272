import { heat, setMode } from '../contract/commands.ts';
import { say } from '../language/language.ts';
import { connected } from '../live/connection.ts';
import { machine, stateKnown } from '../live/plant.ts';
import { openQuestion } from '../question/question.ts';
import { mayAs } from '../session/session.ts';
import { commandSlot } from './command.ts';
import { Outcome } from './outcome.tsx';
import { StartBlockers, StartReadiness } from './start-readiness.tsx';

const runCommands = commandSlot();

/** Heating, start and mode, and all that stands against a start. Stop is in the header, on every screen. */
export function RunPanel() {
  const status = machine.value;
  const may = mayAs('operator') && connected.value && status !== null;
  return (
    <section class="panel run" aria-labelledby="run-title">
      <h2 id="run-title">{say.run.title}</h2>
      <StartReadiness />
      <button
        type="button"
        class={`button start${status?.startPermitted === true && stateKnown.value ? ' button-strong' : ''}`}
        data-command="start"
        disabled={!may}
        onClick={() => openQuestion({ kind: 'start' })}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M6 3l15 9-15 9z" />
        </svg>
        {say.run.start}
      </button>
      <div class="choices">
        <Choice
          label={say.run.heating}
          options={[
            [
              say.run.heatOn,
              stateKnown.value && status?.heating === true,
              () => openQuestion({ kind: 'heat' }),
              'heat-on',
            ],
            [
              say.run.heatOff,
              stateKnown.value && status?.heating === false,
              () => void runCommands.run(say.run.heatOff, () => heat(false)),
              'heat-off',
              // Like a stop it is never refused, and so it is sent also when nothing is heard from the machine.
              mayAs('operator'),
            ],
          ]}
          enabled={may}
        />
        <ModeChoice enabled={may} />
      </div>
      <Outcome of={runCommands} />
      <StartBlockers />
      {mayAs('operator') || !mayAs('observer') ? null : <p class="quiet">{say.run.needsRole(say.roles.operator)}</p>}
    </section>
  );
}

function switchMode(name: string): void {
  void runCommands.run(say.run.toMode(say.modes[name] ?? name), () => setMode(name));
}

function ModeChoice({ enabled }: { enabled: boolean }) {
  const mode = stateKnown.value ? machine.value?.mode : undefined;
  return (
    <Choice
      label={say.run.mode}
      options={[
        [say.modes['AUTO'] ?? 'AUTO', mode === 'AUTO', () => switchMode('AUTO'), 'mode-auto'],
        [say.modes['MANUAL'] ?? 'MANUAL', mode === 'MANUAL', () => switchMode('MANUAL'), 'mode-manual'],
      ]}
      enabled={enabled}
    />
  );
}

type Option = readonly [text: string, present: boolean, choose: () => void, command: string, always?: boolean];

/** Two states side by side; the present one is filled. A choice shows only once the machine has taken it. */
function Choice({ label, options, enabled }: { label: string; options: readonly Option[]; enabled: boolean }) {
  return (
    <div class="choice" role="group" aria-label={label}>
      <span class="label">{label}</span>
      <div class="choice-options">
        {options.map(([text, present, choose, command, always = false]) => (
          <button
            key={command}
            type="button"
            class="button"
            data-command={command}
            aria-pressed={present}
            disabled={!enabled && !always}
            onClick={choose}
          >
            {text}
          </button>
        ))}
      </div>
    </div>
  );
}
