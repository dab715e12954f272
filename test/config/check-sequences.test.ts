import { set, tellsExactly } from './cases.ts';

describe('the check of sequences', () => {
  tellsExactly([
    [
      'a sequence of a drive that is not there',
      [
        set(['sequences', 'stop', 0, 'drive'], 'fead'),
        set(['sequences', 'stop', 2], { drive: 'feed', action: 'off', delaySeconds: 0 }),
      ],
      'sequences.stop[0].drive',
      /is fead.*did you mean feed\?/,
    ],
    [
      'a start that leaves out the main drive',
      [set(['sequences', 'start'], [{ drive: 'feed', action: 'on', delaySeconds: 0 }])],
      'sequences.start',
      /leaves out main, which is needed to start/,
    ],
    [
      'a start that switches off',
      [set(['sequences', 'start', 1, 'action'], 'off')],
      'sequences.start[1].action',
      /a start only switches drives on/,
    ],
    [
      'a start of one drive twice',
      [set(['sequences', 'start', 1, 'drive'], 'main')],
      'sequences.start[1].drive',
      /an earlier step has started already/,
    ],
    [
      'a stop that leaves a drive running',
      [set(['sequences', 'stop'], [{ drive: 'feed', action: 'off', delaySeconds: 0 }])],
      'sequences.stop',
      /leaves main running/,
    ],
    [
      'an emergency that keeps a heater on',
      [set(['sequences', 'emergency', 2, 'action'], 'keep')],
      'sequences.emergency',
      /does not switch off heater\.zone1\.output \(zones\.zone1\)/,
    ],
    [
      'an emergency that switches a duty on',
      [set(['sequences', 'emergency', 7, 'action'], 'on')],
      'sequences.emergency[7].action',
      /fan\.nozzle is a number; write off or keep/,
    ],
    [
      'an emergency of an input',
      [set(['sequences', 'emergency', 7, 'output'], 'panel.stop')],
      'sequences.emergency[7].output',
      /is panel\.stop, which is no output/,
    ],
    [
      'an emergency with one output twice',
      [set(['sequences', 'emergency', 7, 'output'], 'fan.on')],
      'sequences.emergency[7].output',
      /an earlier line has already/,
    ],
  ]);
});
