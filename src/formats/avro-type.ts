import { createRequire } from 'node:module'
import type { Type } from 'avsc'
import { ArgumentError } from '../base/index.js'

/** An Avro schema: the name of a primitive type, a list for a union, or an object, as JSON has it. */
export type AvroSchema = string | object

/** How Avro's 64-bit integers are represented. `number`, the default, refuses those beyond ±2⁵³. */
export interface LongOptions {
  readonly longs?: 'number' | 'bigint'
}

/** avsc, loaded when the first Avro file is met. */
function avsc(): typeof import('avsc') {
  return createRequire(import.meta.url)('avsc') as typeof import('avsc')
}

export function typeOf(schema: AvroSchema, { longs = 'number' }: LongOptions = {}): Type {
  try {
    const long = longType(longs)
    return avsc().Type.forSchema(schema as Parameters<typeof Type.forSchema>[0], {
      registry: { long },
      // With attributes ({ "type": "long", "logicalType": … }) it is not looked up in the registry.
      typeHook: (of: unknown) => ((of as { type?: unknown } | null)?.type === 'long' ? long : undefined),
    })
  } catch (error) {
    throw new ArgumentError(`The Avro schema is not valid: ${(error as Error).message}`, { cause: error })
  }
}

/** avsc's own long silently changes the sign of some numbers below -2⁵², so integers go through their 8 bytes. */
function longType(longs: 'number' | 'bigint'): Type {
  const asNumber = {
    fromBuffer: (bytes: Buffer) => {
      const value = bytes.readInt32LE(4) * 2 ** 32 + bytes.readUInt32LE(0)
      if (Number.isSafeInteger(value)) return value
      throw new RangeError(`the integer ${bytes.readBigInt64LE()} is beyond ±2^53; give longs: 'bigint'`)
    },
    toBuffer: (value: number) => bytesOf(BigInt(value)),
    fromJSON: Number,
    toJSON: Number,
    isValid: Number.isSafeInteger,
    compare: (a: number, b: number) => a - b,
  }
  const asBigint = {
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: bytesOf,
    fromJSON: BigInt,
    toJSON: Number,
    isValid: (value: unknown) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
    compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
  }
  return avsc().types.LongType.__with(longs === 'bigint' ? asBigint : asNumber)
}

function bytesOf(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}

/** Plain objects for the records that avsc makes as instances of generated classes; bytes that share no memory. */
export function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  const copy: { [key: string]: unknown } = {}
  for (const key of Object.keys(value)) copy[key] = plain((value as { [key: string]: unknown })[key])
  return copy
}

/** The value with a Buffer, which avsc insists on, for every Uint8Array. */
export function withBuffers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
  if (Array.isArray(value)) return value.map(withBuffers)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withBuffers(item)]))
}

export const MAGIC = Buffer.from('Obj\x01', 'latin1')
export const SYNC_LENGTH = 16

/** What an object container file begins with (Avro specification 1.11, "Object Container Files"). */
export const headerSchema = {
  type: 'record',
  name: 'org.apache.avro.file.Header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: MAGIC.length } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: SYNC_LENGTH } },
  ],
}

export interface Header {
  readonly magic: Buffer
  readonly meta: { readonly [key: string]: Buffer | undefined }
  readonly sync: Buffer
}
