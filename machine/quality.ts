/**
 * What is known about a value, by the names and numbers of OPC UA status codes (Part 4, 7.39 and Part 8).
 * The same words stand in REST, history and on the screen.
 */
export const qualityCodes = {
  Good: 0x0000_0000,
  /** The module answers but did not deliver this value within its freshness limit. */
  UncertainLastUsableValue: 0x4090_0000,
  /** The module (or the process that polls it) is silent. */
  BadCommunicationError: 0x8005_0000,
  /** The device refused this register for good: Modbus exceptions 1 to 3. */
  BadConfigurationError: 0x8089_0000,
  /** Never read since the start. */
  BadNotConnected: 0x808a_0000,
  /** The device reports its own failure: Modbus exception 4. */
  BadDeviceFailure: 0x808b_0000,
  /** Open circuit, out of the physical range, impossible jump, frozen, cold junction. */
  BadSensorFailure: 0x808c_0000,
  /** The channel is switched off in the configuration. */
  BadOutOfService: 0x808d_0000,
} as const;

export type Quality = keyof typeof qualityCodes;

/** Only Good values may be controlled from, averaged or shown as current. */
export function isGood(quality: Quality): boolean {
  return quality === 'Good';
}
