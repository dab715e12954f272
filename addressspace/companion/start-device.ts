import { StatusCodes, type UAObject } from 'node-opcua';
import { isGood } from '../../machine/quality.ts';
import { choice, methodOf, objectOf, variableOf } from './instance.ts';
import { blockedSignal, permittedSignal, startStatus, startStatusOf, stateOf, stateSignal } from './machine-states.ts';
import { type RequestOptions, bindRequest } from './requests.ts';
import { type Views, readNow, valueless } from './views.ts';

/** What of StartDeviceType is offered for the whole machine. */
export const startDeviceOptionals = ['StartRequest', 'StopRequest', 'StartBlockedByClient'] as const;

/** Shown to the operator, whom the client tells nothing more. */
const blockedBy = 'Held by a client over OPC UA (StartBlockedByClient)';

/** StartDevice: start and stop of the machine, and the hold of an MES, all by the gate. */
export function serveStartDevice(machine: UAObject, views: Views, requests: RequestOptions): void {
  const start = objectOf(machine, 'StartDevice');
  const sources = [stateSignal, permittedSignal, blockedSignal].filter((signal) => views.has(signal));
  views.computeFrom(variableOf(start, 'Status'), sources, () => {
    const status = startStatusOf(views);
    return status === null ? null : choice(status);
  });
  bindRequest(methodOf(start, 'StartRequest'), () => ({ name: 'start' }), requests);
  bindRequest(methodOf(start, 'StopRequest'), () => ({ name: 'stop' }), requests);
  if (!views.has(blockedSignal)) return;
  views.show(variableOf(start, 'StartBlockedByClient'), blockedSignal, (value) => ({
    name: 'blockStart',
    blocked: value === true,
    reason: value === true ? blockedBy : '',
  }));
}

/** StartTempering of the zones: heating on and off. */
export function serveStartTempering(zones: UAObject, views: Views, requests: RequestOptions): void {
  const { heating, safety, zones: declared } = views.machine.declaration;
  const start = objectOf(zones, 'StartTempering');
  const measured = [...declared.map(({ raw }) => raw), heating.power];
  const status = (): number => {
    if (views.goodValueOf(heating.enabled) === true) return startStatus.started;
    const isPossible =
      stateOf(views) === 'IDLE' &&
      views.goodValueOf(safety.estopClosed) === true &&
      measured.every((signal) => views.goodValueOf(signal) !== null);
    return isPossible ? startStatus.ready : startStatus.notReady;
  };
  const variable = variableOf(start, 'Status');
  views.compute(variable, [heating.enabled, stateSignal, safety.estopClosed, ...measured], () => {
    const { quality, sourceTimeMs } = views.sampleOf(heating.enabled);
    const at = new Date(sourceTimeMs);
    return isGood(quality) ? readNow(choice(status()), at) : valueless(StatusCodes[quality], at);
  });
  bindRequest(methodOf(start, 'StartRequest'), () => ({ name: 'heat', on: true }), requests);
  bindRequest(methodOf(start, 'StopRequest'), () => ({ name: 'heat', on: false }), requests);
}
