import { z } from 'zod';

import { machineCommands, servedTypes, serverStatuses } from '../../drivers/modbus-server/declaration.ts';
import { choice, quantity, signal, text, whole } from './quantity.ts';

const address = (what: string) => whole(`${what}, a zero-based protocol address`, 0, 65_535);
const distance = (what: string) => whole(`${what} stands so many addresses behind each value`, 1, 65_535).optional();

/** One thing that clients read or write: exactly one of `signal`, `status`, `commands`, or `writable` with a command. */
const Register = z
  .strictObject({
    signal: signal('Signal whose value stands here').optional(),
    status: choice('What is told of the server itself', serverStatuses).optional(),
    commands: z
      .array(choice('A command', machineCommands))
      .min(1)
      .optional()
      .describe('A command block of four holding registers that takes these commands: a list of names'),
    writable: choice('What a write does: set the signal, or, on a coil without a signal, give a command', [
      'set',
      ...machineCommands,
    ]).optional(),
    area: choice('Where it stands', ['input', 'holding', 'coil', 'discrete']),
    address: address('Its address'),
    type: choice('How the value stands in its registers', servedTypes).optional(),
    order: choice('Byte order, A the most significant, where it differs from the order of the server', [
      'ABCD',
      'CDAB',
      'BADC',
      'DCBA',
    ]).optional(),
    scale: z
      .number()
      .refine((value) => value !== 0, { error: 'is 0, so every value would read the same' })
      .optional()
      .describe('Value in the unit of the signal per count, not 0'),
    offset: z.number().optional().describe('Value in the unit of the signal at 0 counts'),
    badValue: z
      .union([z.number(), z.boolean()])
      .optional()
      .describe('Raw value that stands for "not Good" with whenBad: sentinel, a number or true or false'),
    quality: address('Quality word of the value').optional(),
    age: address('Age of the value').optional(),
  })
  .describe('A register: signal, status, commands or writable, with area and address');

/** Machine data for SCADA systems and PLCs that speak nothing but Modbus TCP. Without this section no port is opened. */
export const ModbusServer = z.strictObject({
  host: text('Address that the server listens on', 253).default('127.0.0.1'),
  port: whole('Port of the server', 1, 65_535).default(1502),
  units: z
    .array(whole('A unit id', 0, 255))
    .min(1)
    .default([1])
    .describe('Unit ids that are served, all alike: a list of numbers 0…255'),
  maximumConnections: whole('Most clients at a time', 1, 64).default(8),
  idleSeconds: quantity('A client that asks nothing for this long is disconnected', 's', 5, 86_400).default(60),
  allowedAddresses: z
    .array(
      z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]).describe('An IP address, or a network such as 10.1.2.0/24'),
    )
    .default(['127.0.0.1', '::1'])
    .describe('Clients that are let in: a list of IP addresses and networks'),
  account: text('Name under which writes stand in the audit', 60).default('modbus-server'),
  role: choice('Rights of those writes', ['operator', 'engineer']).default('operator'),
  whenBad: choice('What a value reads while its signal is not Good', ['exception', 'sentinel', 'last']).default(
    'exception',
  ),
  order: choice('Byte order, A the most significant', ['ABCD', 'CDAB', 'BADC', 'DCBA']).default('ABCD'),
  qualityOffset: distance('The quality word'),
  ageOffset: distance('The age'),
  ageUnit: choice('Unit of ages', ['s', 'ms']).default('ms'),
  answerWithinMs: whole('A write not decided within this time is answered as under way', 100, 10_000, 'ms').default(
    1000,
  ),
  registers: z.array(Register).min(1).describe('What is offered: a list of registers'),
});
