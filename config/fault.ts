import type { ConfigurationFault } from './configuration.ts';

export type FaultPath = readonly (string | number)[];

/** Notes one fault; `message` continues the path as a sentence: "modules.ai1.unit is 300, …". */
export type Report = (path: FaultPath, message: string) => void;

export function pathText(path: FaultPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

export interface FaultList {
  readonly report: Report;
  /** For faults of another file than the configuration file. */
  readonly reportIn: (file: string, lineOf: LineOf) => Report;
  readonly all: () => ConfigurationFault[];
}

export type LineOf = (path: FaultPath) => number | undefined;

/** Collects faults, each once; gives them in the order of the file. */
export function faultList(lineOf: LineOf): FaultList {
  const found = new Map<string, ConfigurationFault>();
  const note = (path: FaultPath, message: string, line: number | undefined, file?: string): void => {
    const fault = {
      path: pathText(path),
      message,
      ...(line !== undefined && { line }),
      ...(file !== undefined && { file }),
    };
    found.set([file, fault.path, message].join('\n'), fault);
  };
  return {
    report: (path, message) => note(path, message, lineOf(path)),
    reportIn: (file, lineOf) => (path, message) => note(path, message, lineOf(path), file),
    all: () =>
      [...found.values()].toSorted(
        (a, b) => (a.file ?? '').localeCompare(b.file ?? '') || (a.line ?? 0) - (b.line ?? 0),
      ),
  };
}

/** The faults as the terminal shows them: one to a line, each with its place. */
export function describeFaults(faults: readonly ConfigurationFault[], file = 'The configuration'): string {
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  const lines = faults.map((fault) => {
    const place = [fault.file, fault.line !== undefined && `line ${fault.line}`].filter(Boolean).join(', ');
    return `  ${place && `${place}: `}${fault.path && `${fault.path} `}${fault.message}`;
  });
  return [`${file} has ${count}:`, ...lines].join('\n');
}
