import { createHash } from 'node:crypto'
import { sections } from './byte-reader.js'
import { readCodeTable } from './code-table.js'
import { constantPayload, rememberConstant } from './constant-functions.js'
import { Decoder } from './decoder.js'
import type { DecodeOptions } from './decoder.js'
import { Encoder } from './encoder.js'
import type { EncodeOptions } from './encoder.js'
import { TransferError, Untransferable } from './errors.js'
import { kind } from './format.js'
import { importReference, needsImport } from './module-reference.js'
import { decodePrimitive, encodePrimitive, isPrimitive } from './primitive.js'
import { refusal } from './refusal.js'

/** See on-demand.ts. */
export function encode(value: unknown, options: EncodeOptions = {}): Uint8Array {
  if (isPrimitive(value)) return encodePrimitive(value, options.allocate)
  if (typeof value !== 'function') return run(value, options, false)
  const known = constantPayload(value)
  if (known === undefined) return run(value, options, false)
  if (options.allocate === undefined) return known.slice()
  const bytes = options.allocate(known.length)
  bytes.set(known)
  return bytes
}

/** See on-demand.ts. */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): unknown {
  return bytes[0] === kind.primitive ? decodePrimitive(bytes) : new Decoder(bytes, options).run()
}

/** See on-demand.ts. */
export function decodePrimitiveAt<T>(bytes: Uint8Array, from: number, to: number, otherwise: T): unknown {
  return bytes[from] === kind.primitive ? decodePrimitive(bytes, from, to) : otherwise
}

/** See on-demand.ts. */
export function prepare(bytes: Uint8Array): Promise<void> | undefined {
  if (bytes[0] === kind.primitive) return undefined
  const missing = readCodeTable(bytes, sections(bytes)).modules.filter(needsImport)
  return missing.length === 0 ? undefined : importAll(missing)
}

async function importAll(missing: Parameters<typeof importReference>[0][]): Promise<void> {
  await Promise.all(missing.map(importReference))
}

/** See on-demand.ts. */
export function contentHash(value: unknown, options: EncodeOptions = {}): string {
  const bytes = isPrimitive(value)
    ? encodePrimitive(value, undefined)
    : run(value, { ...options, allocate: (n) => new Uint8Array(n) }, true)
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32)
}

function run(value: unknown, options: EncodeOptions, hashing: boolean): Uint8Array {
  const encoder = new Encoder(options, hashing)
  try {
    const bytes = encoder.run(value)
    if (typeof value === 'function' && !hashing && encoder.functions.isConstant) rememberConstant(value, bytes)
    return bytes
  } catch (error) {
    if (error instanceof Untransferable) throw refusal(error, value, options.subject, encoder.functions.variables)
    if (error instanceof RangeError && /call stack/i.test(error.message)) {
      throw new TransferError(
        `Cannot send ${options.subject ?? 'the value'}: it is nested too deeply. Send a flat array instead of a chain.`,
        {
          cause: error,
        },
      )
    }
    throw error
  }
}

export { functionLocation } from './location.js'
export { isPlain } from './plain.js'
export { readFunction } from './read-function.js'
