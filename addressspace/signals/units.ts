import { makeEUInformation } from 'node-opcua';

/** UNECE Recommendation 20 common code and English name per display unit; OPC 10000-8, 5.6.4 takes its units from there. */
const unitCodes: Readonly<Record<string, readonly [code: string, name: string]>> = {
  '°C': ['CEL', 'degree Celsius'],
  K: ['KEL', 'kelvin'],
  '%': ['P1', 'percent'],
  W: ['WTT', 'watt'],
  kW: ['KWT', 'kilowatt'],
  Wh: ['WHR', 'watt hour'],
  kWh: ['KWH', 'kilowatt hour'],
  rpm: ['RPM', 'revolutions per minute'],
  A: ['AMP', 'ampere'],
  mA: ['4K', 'milliampere'],
  V: ['VLT', 'volt'],
  Hz: ['HTZ', 'hertz'],
  N: ['NEW', 'newton'],
  Nm: ['NU', 'newton metre'],
  bar: ['BAR', 'bar'],
  Pa: ['PAL', 'pascal'],
  kg: ['KGM', 'kilogram'],
  'kg/h': ['E93', 'kilogram per hour'],
  'l/min': ['L2', 'litre per minute'],
  mm: ['MMT', 'millimetre'],
  'mm/s': ['C16', 'millimetre per second'],
  ms: ['C26', 'millisecond'],
  s: ['SEC', 'second'],
  min: ['MIN', 'minute'],
  h: ['HUR', 'hour'],
};

/**
 * What a client is told of a unit. A unit without a UNECE code keeps its name and has the id -1, which OPC 10000-8 reserves
 * for that: a wrong code would be worse than none.
 */
export function engineeringUnits(unit: string): ReturnType<typeof makeEUInformation> {
  const known = unitCodes[unit];
  if (known) return makeEUInformation(known[0], unit, known[1]);
  const information = makeEUInformation('', unit, unit);
  information.unitId = -1;
  return information;
}
