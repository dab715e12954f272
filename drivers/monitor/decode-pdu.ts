import { exceptionMeaning } from '../wire/errors.ts';

/** What a PDU says. What it does not say, or says wrongly, is null. */
export interface DecodedPdu {
  /** Without the exception bit. */
  readonly functionCode: number | null;
  readonly area: Area | null;
  readonly address: number | null;
  readonly count: number | null;
  /** Registers, or bits as 0 and 1; a reply has them to the end of its last byte. Of a mask write its two masks, AND first. */
  readonly values: readonly number[] | null;
  /** Where a request that reads and writes at once writes `values`; address and count are what it reads. */
  readonly writing: { readonly address: number; readonly count: number } | null;
  readonly exception: { readonly code: number; readonly meaning: string } | null;
}

export type Area = 'coil' | 'discrete' | 'holding' | 'input';

/** MODBUS Application Protocol Specification V1.1b3, 6: the functions that we and our clients use. */
const functions: Readonly<Record<number, { readonly name: string; readonly area: Area; readonly writes: boolean }>> = {
  1: { name: 'read coils', area: 'coil', writes: false },
  2: { name: 'read discrete inputs', area: 'discrete', writes: false },
  3: { name: 'read holding registers', area: 'holding', writes: false },
  4: { name: 'read input registers', area: 'input', writes: false },
  5: { name: 'write single coil', area: 'coil', writes: true },
  6: { name: 'write single register', area: 'holding', writes: true },
  15: { name: 'write multiple coils', area: 'coil', writes: true },
  16: { name: 'write multiple registers', area: 'holding', writes: true },
  22: { name: 'mask write register', area: 'holding', writes: true },
  23: { name: 'read and write registers', area: 'holding', writes: true },
};

export const maskWrite = 22;
const readWrite = 23;

export function functionName(code: number): string {
  return functions[code]?.name ?? `function ${code}`;
}

const nothing: DecodedPdu = {
  functionCode: null,
  area: null,
  address: null,
  count: null,
  values: null,
  writing: null,
  exception: null,
};

/** Whatever the bytes are, it never throws. */
export function decodeRequest(pdu: Uint8Array): DecodedPdu {
  const [code] = pdu;
  if (code === undefined) return nothing;
  const known = functions[code];
  const plain = { ...nothing, functionCode: code, area: known?.area ?? null };
  if (known === undefined || pdu.length < 5) return plain;
  const [address, argument] = [wordAt(pdu, 1), wordAt(pdu, 3)];
  if (!known.writes) return { ...plain, address, count: argument };
  if (code === maskWrite) return { ...plain, address, count: 1, values: masksOf(pdu) };
  if (code === readWrite) {
    const writing = pdu.length < 10 ? null : { address: wordAt(pdu, 5), count: wordAt(pdu, 7) };
    const values = writing === null ? null : wordsOf(pdu.subarray(10)).slice(0, writing.count);
    return { ...plain, address, count: argument, values, writing };
  }
  if (code <= 6) return { ...plain, address, count: 1, values: [code === 5 ? Number(argument !== 0) : argument] };
  const data = pdu.subarray(6);
  const values = code === 15 ? bitsOf(data).slice(0, argument) : wordsOf(data).slice(0, argument);
  return { ...plain, address, count: argument, values };
}

/** Whatever the bytes are, it never throws. */
export function decodeReply(pdu: Uint8Array): DecodedPdu {
  const [first] = pdu;
  if (first === undefined) return nothing;
  const code = first & 0x7f;
  const known = functions[code];
  const plain = { ...nothing, functionCode: code, area: known?.area ?? null };
  if (first >= 0x80) {
    const exception = pdu[1];
    return exception === undefined
      ? plain
      : { ...plain, exception: { code: exception, meaning: exceptionMeaning(exception) } };
  }
  if (known === undefined || pdu.length < 2) return plain;
  if (!known.writes || code === readWrite) {
    const data = pdu.subarray(2, 2 + (pdu[1] ?? 0));
    const values = code <= 2 ? bitsOf(data) : wordsOf(data);
    return { ...plain, count: values.length, values };
  }
  if (pdu.length < 5) return plain;
  const [address, argument] = [wordAt(pdu, 1), wordAt(pdu, 3)];
  if (code === maskWrite) return { ...plain, address, count: 1, values: masksOf(pdu) };
  if (code > 6) return { ...plain, address, count: argument };
  return { ...plain, address, count: 1, values: [code === 5 ? Number(argument !== 0) : argument] };
}

/** AND and OR; null: there is too little of them. */
function masksOf(pdu: Uint8Array): readonly number[] | null {
  return pdu.length < 7 ? null : [wordAt(pdu, 3), wordAt(pdu, 5)];
}

function wordsOf(data: Uint8Array): number[] {
  return Array.from({ length: Math.floor(data.length / 2) }, (_, index) => wordAt(data, 2 * index));
}

function bitsOf(data: Uint8Array): number[] {
  return [...data].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return 256 * (bytes[at] ?? 0) + (bytes[at + 1] ?? 0);
}
