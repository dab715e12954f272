import { placeOf, type LineDeclaration, type ProfileDeclaration } from '../declaration.ts';
import { lineCost } from '../plan/line-cost.ts';
import { planReads } from '../plan/read-plan.ts';
import { LineClosedError } from '../wire/errors.ts';
import { type CommandLine, type Target, usage, UsageError } from './command-line.ts';
import { inputCells } from './profile-cells.ts';
import { Questioner } from './questioner.ts';
import { type Answer, readRange } from './read-registers.ts';
import { scanLine } from './scan-line.ts';
import { bitTable, channelTable, registerTables, table, unitReport } from './tables.ts';

export interface CommissioningPorts {
  readonly profiles: () => readonly ProfileDeclaration[];
  readonly lineOf: (target: Target, timeoutMs: number) => LineDeclaration;
  /** A line of the result, and one of the progress. */
  readonly say: (text: string) => void;
  readonly tell: (text: string) => void;
  /** Waits; false: it is to end. */
  readonly again: (afterMs: number) => Promise<boolean>;
}

/**
 * Does what was asked for on the command line.
 *
 * @returns the exit code: 0 when something answered, 1 when nothing did or the line can't be opened
 * @throws UsageError when a register map is asked for that there is not
 */
export async function commission(command: CommandLine, ports: CommissioningPorts): Promise<0 | 1> {
  try {
    if (command.kind === 'help') {
      ports.say(usage);
      return 0;
    }
    if (command.kind === 'profiles') return listProfiles(ports);
    if (command.kind === 'scan') return await scan(command, ports);
    return command.kind === 'read' ? await read(command, ports) : await readChannels(command, ports);
  } catch (error) {
    if (!(error instanceof LineClosedError)) throw error;
    ports.tell(`${nameOf(command)} can't be opened: ${error.message}`);
    return 1;
  }
}

function listProfiles({ profiles, say }: CommissioningPorts): 0 {
  const rows = profiles().map(({ id, title, manual, verified }) => [
    id,
    title,
    verified ? 'verified' : 'not verified',
    manual,
  ]);
  say(table([['profile', 'kind of module', 'on the device', 'taken from'], ...rows]));
  return 0;
}

async function scan(command: CommandLine & { kind: 'scan' }, ports: CommissioningPorts): Promise<0 | 1> {
  const { target, timeoutMs, units } = command;
  const longestS = Math.ceil((units.length * timeoutMs) / 1000);
  ports.tell(`asking ${units.length} units at ${nameOf(command)}, at most ${longestS} s when none is there`);
  const found = await scanLine(ports.lineOf(target, timeoutMs), units, ports.profiles(), {
    answered: (unit) => ports.tell(`unit ${unit} answers`),
  });
  for (const unit of found) ports.say(unitReport(unit));
  if (found.length === 0) {
    ports.say('no unit answers; check wiring, baud rate and parity, and that nobody else uses the line');
  } else if (found.length === units.length && found.length > 2 && target.transport === 'tcp') {
    ports.say('every unit answers: this is probably one module that does not look at the unit');
  }
  return found.length === 0 ? 1 : 0;
}

async function read(command: CommandLine & { kind: 'read' }, ports: CommissioningPorts): Promise<0 | 1> {
  const { target, timeoutMs, unit, area, address, count } = command;
  const questioner = new Questioner(ports.lineOf(target, timeoutMs));
  let before: ReadonlyMap<number, Answer> | undefined;
  return await watched(questioner, command, ports, async () => {
    const answers = await readRange(questioner, unit, area, address, count);
    const isBits = area === 'coil' || area === 'discrete';
    const text = isBits ? bitTable(area, answers, before) : registerTables(area, answers, before);
    const isNew = before === undefined || [...answers].some(([at, answer]) => before?.get(at) !== answer);
    before = answers;
    return { text: isNew ? text : null, answers: [...answers.values()] };
  });
}

async function readChannels(command: CommandLine & { kind: 'channels' }, ports: CommissioningPorts): Promise<0 | 1> {
  const { target, timeoutMs, unit } = command;
  const profiles = ports.profiles();
  const profile = profiles.find(({ id }) => id === command.profile);
  if (profile === undefined) {
    throw new UsageError(`--profile is ${command.profile}; there are ${profiles.map(({ id }) => id).join(', ')}`);
  }
  const line = ports.lineOf(target, timeoutMs);
  const questioner = new Questioner(line);
  const blocks = planReads(inputCells(profile), { ...profile.limits, gap: 0 }, lineCost(line));
  let before: string | undefined;
  return await watched(questioner, command, ports, async () => {
    const answers = new Map<string, Answer>();
    for (const { area, address, count } of blocks) {
      const came = await readRange(questioner, unit, area, address, count);
      for (const [at, answer] of came) answers.set(`${area} ${at}`, answer);
    }
    const text = channelTable(profile, (area, address) => answers.get(`${area} ${address}`));
    const isNew = text !== before;
    before = text;
    return { text: isNew ? text : null, answers: [...answers.values()] };
  });
}

/** Once, or again and again; says what is new. */
async function watched(
  questioner: Questioner,
  { unit, watchMs }: CommandLine & { kind: 'read' | 'channels' },
  ports: CommissioningPorts,
  look: () => Promise<{ readonly text: string | null; readonly answers: readonly Answer[] }>,
): Promise<0 | 1> {
  try {
    await questioner.open();
    for (;;) {
      const { text, answers } = await look();
      if (text !== null) ports.say(text);
      const code = hasAnswer(answers, unit, ports);
      if (watchMs === undefined || !(await ports.again(watchMs))) return code;
    }
  } finally {
    await questioner.close();
  }
}

function hasAnswer(all: readonly Answer[], unit: number, { tell }: CommissioningPorts): 0 | 1 {
  if (all.some((answer) => typeof answer === 'number')) return 0;
  tell(
    all.includes('silent') ? `unit ${unit} does not answer` : `unit ${unit} refuses all of it: wrong area or address?`,
  );
  return 1;
}

function nameOf(command: CommandLine): string {
  return 'target' in command ? placeOf(command.target) : '';
}
