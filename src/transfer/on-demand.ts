import { loadNow } from '../base/index.js'
import type { DecodeOptions } from './decoder.js'
import type { EncodeOptions } from './encoder.js'
import type { FunctionLocation } from './location.js'
import type { FunctionSource } from './read-function.js'
import type { SourcePlace } from './source-places.js'

/*
 * The face of the codec. What stands behind it is forty files, which a program that only builds graphs does not need, and
 * importing `heddle` must not wait for: it is loaded on first use.
 */

type Codec = typeof import('./transfer.js')
let loaded: Codec | undefined

function codec(): Codec {
  loaded ??= loadNow(import.meta.url, './transfer.js') as Codec
  return loaded
}

/** Loads the codec now: for threads, which have nothing better to do before their first task. */
export function preload(): void {
  codec()
}

/**
 * The bytes of a value, from which `decode` makes an equal one in another thread, process or host. Values travel as in
 * a structured clone, and besides: functions and classes by value with the variables they capture (a snapshot of now),
 * or by name if a worker can import them; instances of classes; prototypes of null; symbols that other threads have.
 * Views travel as the bytes they show. Symbol-keyed properties do not travel; a Proxy travels as what it shows.
 *
 * @throws TransferError that names what cannot travel, and the path to it
 * @example
 * ```ts
 * const factor = 3
 * const bytes = encode((x: number) => x * factor)
 * await prepare(bytes)
 * const triple = decode(bytes) as (x: number) => number
 * ```
 */
export function encode(value: unknown, options?: EncodeOptions): Uint8Array {
  return codec().encode(value, options)
}

/**
 * The value of the bytes that `encode` gave; synchronous. Modules that it refers to must be there: await `prepare(bytes)`
 * first.
 *
 * @throws TransferError for bytes that are damaged, and for a module or an export that is not there
 */
export function decode(bytes: Uint8Array, options?: DecodeOptions): unknown {
  return codec().decode(bytes, options)
}

/**
 * What `decode` gives for the bytes from here to there, when that is a primitive, as most small values of a message are;
 * `otherwise` when it is not. Nothing is made to look.
 */
export function decodePrimitiveAt<T>(bytes: Uint8Array, from: number, to: number, otherwise: T): unknown {
  return codec().decodePrimitiveAt(bytes, from, to, otherwise)
}

/**
 * Imports the modules that the bytes refer to and that are not loaded yet; undefined if there is nothing to wait for.
 * The promise rejects with a TransferError that names the module and this host.
 */
export function prepare(bytes: Uint8Array): Promise<void> | undefined {
  return codec().prepare(bytes)
}

/**
 * A hash (SHA-256, 32 hexadecimal digits) of a value as it would travel. Equal closures over equal values have equal
 * hashes, wherever they stand in a file.
 *
 * @throws TransferError as `encode` does
 */
export function contentHash(value: unknown, options?: EncodeOptions): string {
  return codec().contentHash(value, options)
}

/**
 * A cheap test: true if `value` is a primitive, or plain data (arrays, records, Maps, Sets, dates, regular expressions,
 * typed arrays; not Buffers) that a structured clone carries with nothing lost: no functions, no instances of
 * classes, no symbols, no proxies, no dependencies.
 */
export function isPlain(value: unknown): boolean {
  return codec().isPlain(value)
}

/**
 * Where a function was defined: the file's path, line and column, 1-based; in the original file if a compiler left a
 * source map. Undefined for native functions and where the inspector is not available. Costs about 0.1 ms for the first
 * question about a function.
 *
 * @example
 * ```ts
 * functionLocation((x: number) => x + 1) // { file: '/home/me/tasks.ts', line: 12, column: 18 }
 * ```
 */
export function functionLocation(fn: object): FunctionLocation | undefined {
  return codec().functionLocation(fn)
}

/**
 * The syntax tree of a function and the values of the variables that it captured: what translates functions into
 * something else starts here. Costs 0.2 ms, of a function that captures nothing a few microseconds.
 *
 * @throws SyntaxError for native functions, and an error where the inspector of the process is not available
 */
export function readFunction(fn: (...args: never[]) => unknown): FunctionSource {
  return codec().readFunction(fn)
}

let packed: typeof import('./rows.js') | undefined

/** What many small pieces of rows travel with. */
export function rows(): typeof import('./rows.js') {
  return (packed ??= loadNow(import.meta.url, './rows.js') as typeof import('./rows.js'))
}

let places: typeof import('./source-places.js') | undefined

/**
 * Where in a person's source the place of a file is that is run, as its source map says; undefined where there is none. Lines and
 * columns count from 1.
 */
export function sourcePlace(url: string, line: number, column: number): SourcePlace | undefined {
  places ??= loadNow(import.meta.url, './source-places.js') as typeof import('./source-places.js')
  return places.sourcePlace(url, line, column)
}
