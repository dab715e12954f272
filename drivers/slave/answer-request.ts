import { requests, responses } from 'jsmodbus';
import { exceptionCodes, ModbusException, type ExceptionCode, type ModbusSlave } from './modbus-slave.ts';

/** Function codes that are served; all others answer exception 1. */
export const functionCodes = {
  readCoils: 1,
  readDiscrete: 2,
  readHolding: 3,
  readInput: 4,
  writeCoil: 5,
  writeRegister: 6,
  writeCoils: 15,
  writeRegisters: 16,
  maskWriteRegister: 22,
  readWriteRegisters: 23,
} as const;

const writingFunctions: ReadonlySet<number> = new Set([
  functionCodes.writeCoil,
  functionCodes.writeRegister,
  functionCodes.writeCoils,
  functionCodes.writeRegisters,
  functionCodes.maskWriteRegister,
  functionCodes.readWriteRegisters,
]);

export function isWrite(pdu: Buffer): boolean {
  return writingFunctions.has(pdu[0] ?? 0);
}

/** Whether a request is a well-formed write that the slave calls urgent; functions 22 and 23 are never. */
export function isUrgent(pdu: Buffer, slave: ModbusSlave): boolean {
  if (slave.isUrgent === undefined || !isWrite(pdu) || faultOf(pdu) !== null) return false;
  switch (pdu[0] ?? 0) {
    case functionCodes.writeCoil:
      return slave.isUrgent('coil', pdu.readUInt16BE(1), [Number(pdu.readUInt16BE(3) !== 0)]);
    case functionCodes.writeRegister:
      return slave.isUrgent('holding', pdu.readUInt16BE(1), [pdu.readUInt16BE(3)]);
    case functionCodes.writeCoils: {
      const bits = Array.from(
        { length: pdu.readUInt16BE(3) },
        (_, index) => (pdu.readUInt8(6 + (index >> 3)) >> (index & 7)) & 1,
      );
      return slave.isUrgent('coil', pdu.readUInt16BE(1), bits);
    }
    case functionCodes.writeRegisters: {
      const words = Array.from({ length: pdu.readUInt16BE(3) }, (_, index) => pdu.readUInt16BE(6 + 2 * index));
      return slave.isUrgent('holding', pdu.readUInt16BE(1), words);
    }
    default:
      return false;
  }
}

/** Most items in one request, from the Modbus application protocol, V1.1b3, section 6. */
const limits = {
  readBits: 2000,
  readRegisters: 125,
  writeBits: 1968,
  writeRegisters: 123,
  writtenInReadWrite: 121,
} as const;

/**
 * The reply PDU to a request PDU: what the slave gives, or its exception.
 *
 * @param onDefect  hears what a slave threw that was no ModbusException; the master reads exception 4
 */
export async function answerRequest(
  pdu: Buffer,
  slave: ModbusSlave,
  onDefect: (error: unknown) => void,
): Promise<Buffer> {
  try {
    const fault = faultOf(pdu);
    if (fault !== null) return exceptionReply(pdu, fault);
    return await serve(pdu, slave);
  } catch (error) {
    if (error instanceof ModbusException) return exceptionReply(pdu, error.exceptionCode);
    onDefect(error);
    return exceptionReply(pdu, exceptionCodes.deviceFailure);
  }
}

/** The exception reply to a request. Written by hand: the codec takes no function code above 0x7F. */
export function exceptionReply(request: Buffer, code: ExceptionCode): Buffer {
  return Buffer.from([(request[0] ?? 0) | 0x80, code]);
}

/**
 * What is wrong with the request itself, before any slave is asked. The codec checks none of this: it takes count 0,
 * trailing bytes, byte counts that contradict the data, and coil values other than on and off.
 */
function faultOf(pdu: Buffer): ExceptionCode | null {
  const code = pdu[0] ?? 0;
  switch (code) {
    case functionCodes.readCoils:
    case functionCodes.readDiscrete:
      return faultOfCount(pdu, pdu.length === 5, limits.readBits);
    case functionCodes.readHolding:
    case functionCodes.readInput:
      return faultOfCount(pdu, pdu.length === 5, limits.readRegisters);
    case functionCodes.writeCoil: {
      if (pdu.length !== 5) return exceptionCodes.illegalDataValue;
      const value = pdu.readUInt16BE(3);
      return value === 0x0000 || value === 0xff00 ? null : exceptionCodes.illegalDataValue;
    }
    case functionCodes.writeRegister:
      return pdu.length === 5 ? null : exceptionCodes.illegalDataValue;
    case functionCodes.writeCoils:
      return faultOfCount(
        pdu,
        carries(pdu, (count) => Math.ceil(count / 8)),
        limits.writeBits,
      );
    case functionCodes.writeRegisters:
      return faultOfCount(
        pdu,
        carries(pdu, (count) => 2 * count),
        limits.writeRegisters,
      );
    case functionCodes.maskWriteRegister:
      return pdu.length === 7 ? null : exceptionCodes.illegalDataValue;
    case functionCodes.readWriteRegisters:
      return faultOfReadWrite(pdu);
    default:
      return exceptionCodes.illegalFunction;
  }
}

/** The part that reads stands at the same place as in a read, the part that writes as in a write, four bytes later. */
function faultOfReadWrite(pdu: Buffer): ExceptionCode | null {
  const written = pdu.subarray(4);
  const isWellFormed = carries(written, (count) => 2 * count);
  return (
    faultOfCount(pdu, isWellFormed, limits.readRegisters) ?? faultOfCount(written, true, limits.writtenInReadWrite)
  );
}

/** Whether the byte count fits the count of items, and the length of the PDU fits both. */
function carries(pdu: Buffer, bytesOf: (count: number) => number): boolean {
  if (pdu.length < 6) return false;
  const bytes = bytesOf(pdu.readUInt16BE(3));
  return pdu.readUInt8(5) === bytes && pdu.length === 6 + bytes;
}

function faultOfCount(pdu: Buffer, wellFormed: boolean, limit: number): ExceptionCode | null {
  if (!wellFormed) return exceptionCodes.illegalDataValue;
  const [address, count] = [pdu.readUInt16BE(1), pdu.readUInt16BE(3)];
  if (count < 1 || count > limit) return exceptionCodes.illegalDataValue;
  return address + count > 0x1_0000 ? exceptionCodes.illegalDataAddress : null;
}

async function serve(pdu: Buffer, slave: ModbusSlave): Promise<Buffer> {
  // the codec knows neither of these two
  if (pdu[0] === functionCodes.maskWriteRegister) return serveMaskWrite(pdu, slave);
  if (pdu[0] === functionCodes.readWriteRegisters) return serveReadWrite(pdu, slave);
  const request = requests.RequestFactory.fromBuffer(pdu);
  if (request instanceof requests.ReadCoilsRequestBody) {
    const bits = await slave.readCoils(request.start, request.count);
    return new responses.ReadCoilsResponseBody(packed(bits), Math.ceil(bits.length / 8)).createPayload();
  }
  if (request instanceof requests.ReadDiscreteInputsRequestBody) {
    const bits = await slave.readDiscrete(request.start, request.count);
    return new responses.ReadDiscreteInputsResponseBody(packed(bits), Math.ceil(bits.length / 8)).createPayload();
  }
  if (request instanceof requests.ReadHoldingRegistersRequestBody) {
    const words = await slave.readHolding(request.start, request.count);
    return new responses.ReadHoldingRegistersResponseBody(2 * words.length, [...words]).createPayload();
  }
  if (request instanceof requests.ReadInputRegistersRequestBody) {
    const words = await slave.readInput(request.start, request.count);
    return new responses.ReadInputRegistersResponseBody(2 * words.length, [...words]).createPayload();
  }
  return serveWrite(request, slave);
}

/** The reply repeats the request. */
async function serveMaskWrite(pdu: Buffer, slave: ModbusSlave): Promise<Buffer> {
  const address = pdu.readUInt16BE(1);
  const [andMask, orMask] = [pdu.readUInt16BE(3), pdu.readUInt16BE(5)];
  const read = slave.readHolding(address, 1);
  // no other client comes in between where the slave answers at once
  const [held = 0] = read instanceof Promise ? await read : read;
  await slave.writeHolding(address, [(held & andMask) | (orMask & ~andMask & 0xffff)]);
  return Buffer.from(pdu);
}

/** Writes first, then reads, as the specification wants it. */
async function serveReadWrite(pdu: Buffer, slave: ModbusSlave): Promise<Buffer> {
  const values = Array.from({ length: pdu.readUInt16BE(7) }, (_, index) => pdu.readUInt16BE(10 + 2 * index));
  const [address, count] = [pdu.readUInt16BE(1), pdu.readUInt16BE(3)];
  // what can't be read is refused before anything is written
  await slave.readHolding(address, count);
  await slave.writeHolding(pdu.readUInt16BE(5), values);
  const words = await slave.readHolding(address, count);
  const reply = Buffer.alloc(2 + 2 * words.length);
  reply.writeUInt8(functionCodes.readWriteRegisters, 0);
  reply.writeUInt8(2 * words.length, 1);
  for (const [index, word] of words.entries()) reply.writeUInt16BE(word, 2 + 2 * index);
  return reply;
}

type DecodedRequest = ReturnType<typeof requests.RequestFactory.fromBuffer>;

async function serveWrite(request: DecodedRequest, slave: ModbusSlave): Promise<Buffer> {
  if (request instanceof requests.WriteSingleCoilRequestBody) {
    await slave.writeCoils(request.address, [request.value === 0xff00]);
    return responses.WriteSingleCoilResponseBody.fromRequest(request).createPayload();
  }
  if (request instanceof requests.WriteSingleRegisterRequestBody) {
    await slave.writeHolding(request.address, [request.value]);
    return responses.WriteSingleRegisterResponseBody.fromRequest(request).createPayload();
  }
  if (request instanceof requests.WriteMultipleCoilsRequestBody) {
    await slave.writeCoils(request.address, request.valuesAsArray);
    return new responses.WriteMultipleCoilsResponseBody(request.address, request.quantity).createPayload();
  }
  if (request instanceof requests.WriteMultipleRegistersRequestBody) {
    await slave.writeHolding(request.address, request.valuesAsArray);
    return new responses.WriteMultipleRegistersResponseBody(request.address, request.quantity).createPayload();
  }
  throw new TypeError('a request that passed every check could not be decoded');
}

/** Bits as on the wire: the first in the lowest bit of the first byte. */
function packed(bits: readonly boolean[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [index, bit] of bits.entries()) if (bit) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  return bytes;
}
