import { drop, set, signal, tellsExactly } from './cases.ts';

describe('the check of zones, drives and what belongs to them', () => {
  tellsExactly([
    [
      'a setpoint too near to the trip',
      [set(signal('heater.zone1.setpoint', 'span'), [0, 270])],
      'signals.heater.zone1.setpoint.span',
      /ends at 270 °C, but zone1 trips above 280 °C; leave 15 K: end it at 265 °C/,
    ],
    [
      'a trip beyond the range of the sensor',
      [set(['zones', 'zone1', 'tripAboveC'], 450)],
      'zones.zone1.tripAboveC',
      /is 450 °C, outside the span -20…400 °C of temperature\.zone1/,
    ],
    [
      'a minimum above every setpoint',
      [set(['zones', 'zone2', 'minimumC'], 270)],
      'zones.zone2.minimumC',
      /not below the highest setpoint 265 °C/,
    ],
    [
      'a zone of a signal that is not there',
      [set(['zones', 'zone1', 'output'], 'heater.zone3.output')],
      'zones.zone1.output',
      /is heater\.zone3\.output.*did you mean heater\.zone1\.output\?/,
    ],
    [
      'a zone heated by a setting',
      [set(['zones', 'zone1', 'output'], 'heater.enabled')],
      'zones.zone1.output',
      /is heater\.enabled, a setting; here it takes an output/,
    ],
    [
      'a zone with the output of another',
      [set(['zones', 'zone2', 'output'], 'heater.zone1.output')],
      'zones.zone2.output',
      /which is zones\.zone1\.output already/,
    ],
    [
      'a drive measured in another unit',
      [set(signal('motor.feed.current', 'unit'), 'mA')],
      'drives.feed.current',
      /in mA; here it takes a signal in A/,
    ],
    [
      'a neighbour that is not there',
      [set(['zones', 'zone1', 'model', 'coupling'], { zone3: 0.1 })],
      'zones.zone1.model.coupling.zone3',
      /is zone3, which zones does not declare/,
    ],
    [
      'a zone that is its own neighbour',
      [set(['zones', 'zone1', 'model', 'coupling'], { zone1: 0.1 })],
      'zones.zone1.model.coupling.zone1',
      /is the zone itself/,
    ],
    [
      'a drive faster than its setpoint goes',
      [set(['drives', 'main', 'maximumRpm'], 6000), set(signal('motor.main.command', 'span'), [-6000, 6000])],
      'drives.main.maximumRpm',
      /is 6000 rpm, outside the span -5000…5000 rpm of motor\.main\.setpoint/,
    ],
    [
      'a drive faster in MANUAL than its command goes',
      [set(['drives', 'main', 'maximumManualRpm'], 6000)],
      'drives.main.maximumManualRpm',
      /outside the span -5000…5000 rpm of motor\.main\.command/,
    ],
    [
      'an overload that cannot be measured',
      [set(['drives', 'feed', 'overloadA'], 25)],
      'drives.feed.overloadA',
      /is 25 A, outside the span 0…20 A/,
    ],
    [
      'a drive that reports what another reports',
      [set(['drives', 'feed', 'running'], 'motor.main.running')],
      'drives.feed.running',
      /is motor\.main\.running, which is drives\.main\.running already/,
    ],
    [
      'a drive that reports on the module of another',
      [
        set(signal('motor.feed.turning'), { title: 'Turning', source: { module: 'drive1', channel: 'atSpeed' } }),
        set(['drives', 'feed', 'running'], 'motor.feed.turning'),
      ],
      'drives.feed.running',
      /is motor\.feed\.turning on drive1, but the drive is commanded on drive2/,
    ],
    [
      'a motor without its sensor',
      [set(['motor', 'sensor'], 'engine')],
      'motor.sensor',
      /is engine, which sensors does not declare; there are feed, zone1, zone2, motor/,
    ],
    [
      'a motor that trips beyond its sensor',
      [set(['motor', 'tripAtC'], 160)],
      'motor.tripAtC',
      /outside the span -20…150 °C/,
    ],
    [
      'a motor that may start hotter than it trips',
      [set(['motor', 'startBelowC'], 70)],
      'motor.startBelowC',
      /is 70 °C, above the trip at 65 °C/,
    ],
    [
      'a wider ready band than the deviation alarm',
      [set(['heating', 'readyBandK'], 20)],
      'heating.readyBandK',
      /not below guards\.deviationK \(15 K\)/,
    ],
    [
      'heater power in another unit',
      [set(signal('heater.power', 'unit'), 'hp')],
      'heating.power',
      /in hp; here it takes a signal in kW or W/,
    ],
    [
      'one button for start and stop',
      [set(['panel', 'stop'], 'panel.start')],
      'panel.stop',
      /is panel\.start, which is panel\.start already/,
    ],
    [
      'an e-stop that is a number',
      [set(['safety', 'estopClosed'], 'heater.power')],
      'safety.estopClosed',
      /of type Double; here it takes Boolean/,
    ],
    [
      'an e-stop that is switched off',
      [set(signal('safety.estopClosed', 'enabled'), false)],
      'safety.estopClosed',
      /is switched off \(enabled: false\)/,
    ],
    [
      'a light that is not there',
      [set(['auxiliaries', 'red'], 'light.rot')],
      'auxiliaries.red',
      /is light\.rot, which signals does not declare, did you mean light\.red\?/,
    ],
    [
      'a nozzle that is no zone',
      [set(['auxiliaries', 'nozzleZone'], 'nozzle')],
      'auxiliaries.nozzleZone',
      /there are zone1, zone2/,
    ],
    [
      'a debounced setting',
      [set(['auxiliaries', 'debounced'], ['heater.enabled'])],
      'auxiliaries.debounced[0]',
      /a setting; here it takes an output/,
    ],
    [
      'a single reading where the averaged one belongs',
      [set(['sensors', 'feed', 'signal'], 'temperature.feed.raw')],
      'sensors.feed.signal',
      /a single reading; name temperature\.feed/,
    ],
    [
      'a zone without a watched sensor',
      [drop(['sensors', 'zone2'])],
      'sensors.zone2',
      /is missing; every zone's sensor is watched/,
    ],
    [
      'a zone whose sensor does not trip',
      [set(['sensors', 'zone2', 'trips'], false)],
      'sensors.zone2.trips',
      /is false, but zone2 is heated by this sensor/,
    ],
  ]);
});
