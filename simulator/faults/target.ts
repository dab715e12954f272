import type { ModuleKind } from '../modules/kinds.ts';
import type { WiredSignal } from '../wiring.ts';

/** What can be broken: a whole line, a module, or what hangs on one signal. */
export type FaultTarget =
  | { readonly kind: 'line'; readonly line: string; readonly transport: Transport }
  | (ModuleTarget & { readonly kind: 'module' })
  | (ModuleTarget & { readonly kind: 'signal'; readonly wired: WiredSignal });

interface ModuleTarget {
  readonly module: string;
  readonly line: string;
  readonly transport: Transport;
  readonly profile: ModuleKind;
  /** The e-stop chain is wired to it. */
  readonly hasEstop: boolean;
}

export type Transport = 'tcp' | 'rtu';

export type FaultTargets = ReadonlyMap<string, FaultTarget>;

/** A raw reading and its average come from the same terminal. */
export function findTarget(targets: FaultTargets, name: string): FaultTarget | undefined {
  return targets.get(name) ?? (name.endsWith('.raw') ? targets.get(name.slice(0, -'.raw'.length)) : undefined);
}

export function targetNames(targets: FaultTargets, fits: (target: FaultTarget) => boolean = () => true): string {
  return [...targets]
    .filter(([, target]) => fits(target))
    .map(([name]) => name)
    .join(', ');
}
