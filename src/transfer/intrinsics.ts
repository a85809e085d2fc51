// What every thread has by itself: JavaScript's built-in objects and Node's globals. They travel by name.

const javascript = [
  'AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date',
  'DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array',
  'Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp',
  'Set SharedArrayBuffer String SuppressedError Symbol SyntaxError Temporal TypeError URIError Uint16Array Uint32Array',
  'Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly decodeURI decodeURIComponent encodeURI',
  'encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape',
]
  .join(' ')
  .split(' ')

const node = [
  'AbortController AbortSignal Blob BroadcastChannel Buffer ByteLengthQueuingStrategy CloseEvent CompressionStream',
  'CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DecompressionStream ErrorEvent Event EventSource EventTarget',
  'File FormData Headers MessageChannel MessageEvent MessagePort Navigator Performance PerformanceEntry PerformanceMark',
  'PerformanceMeasure PerformanceObserver PerformanceObserverEntryList PerformanceResourceTiming QuotaExceededError',
  'ReadableByteStreamController ReadableStream ReadableStreamBYOBReader ReadableStreamBYOBRequest',
  'ReadableStreamDefaultController ReadableStreamDefaultReader Request Response Storage SubtleCrypto TextDecoder',
  'TextDecoderStream TextEncoder TextEncoderStream TransformStream TransformStreamDefaultController URL URLPattern',
  'URLSearchParams WebSocket WritableStream WritableStreamDefaultController WritableStreamDefaultWriter atob btoa',
  'clearImmediate clearInterval clearTimeout console crypto fetch gc global localStorage navigator performance process',
  'queueMicrotask reportError sessionStorage setImmediate setInterval setTimeout structuredClone',
]
  .join(' ')
  .split(' ')

const standard = new Set([...javascript, ...node])

/** True for the names that are there in every thread; false for globals that a program made. */
export function isStandardGlobal(name: string): boolean {
  return standard.has(name)
}

let table: Map<object, string> | undefined

/** The path from globalThis to a built-in object or function, such as `Math.max` or `Array.prototype.@@iterator`. */
export function intrinsicPath(value: object): string | undefined {
  if (table === undefined) {
    table = new Map()
    addRealm(table, globalThis)
  }
  const path = table.get(value)
  if (path !== undefined || typeof value !== 'function' || !isNative(value)) return path
  // Perhaps a built-in function of another realm (a vm context).
  const realm = realmOf(value)
  if (realm === undefined || table.has(realm)) return undefined
  addRealm(table, realm)
  return table.get(value)
}

const knownPaths = new Map<string, unknown>()

/** The object at a path that `intrinsicPath` gave, in this thread; undefined if this Node does not have it. */
export function intrinsicAt(path: string): unknown {
  let value = knownPaths.get(path)
  if (value === undefined) {
    value = path.startsWith('%') ? hidden(globalThis)[path.slice(1).split('.')[0]!] : globalThis
    for (const step of path.split('.').slice(path.startsWith('%') ? 1 : 0)) {
      if (step === 'globalThis') continue
      const key = step.startsWith('@@') ? wellKnownSymbol(step.slice(2)) : step
      value = (value as Record<PropertyKey, unknown> | undefined)?.[key]
    }
    knownPaths.set(path, value)
  }
  return value
}

const toString = Function.prototype.toString

export function isNative(fn: object): boolean {
  return toString.call(fn).endsWith('{ [native code] }')
}

const symbols = new Map<symbol, string>()
for (const name of Object.getOwnPropertyNames(Symbol)) {
  const value: unknown = (Symbol as unknown as Record<string, unknown>)[name]
  if (typeof value === 'symbol') symbols.set(value, name)
}

/** The name of a well-known symbol: "iterator". */
export function symbolName(value: symbol): string | undefined {
  return symbols.get(value)
}

export function wellKnownSymbol(name: string): symbol {
  return (Symbol as unknown as Record<string, symbol>)[name]!
}

function addRealm(to: Map<object, string>, realm: typeof globalThis): void {
  to.set(realm, 'globalThis')
  for (const name of javascript) addTree(to, own(realm, name), name, 3, true)
  for (const [name, value] of Object.entries(hidden(realm))) addTree(to, value, `%${name}`, 2, true)
  if (realm !== globalThis) return
  for (const name of node) addTree(to, own(realm, name), name, name === 'global' ? 0 : 1, false)
  // Getters, too, but of what every program has loaded.
  addTree(to, process, 'process', 1, false)
  addTree(to, Buffer, 'Buffer', 1, false)
}

/** Built-in objects that no property of globalThis leads to. */
function hidden(realm: typeof globalThis): Record<string, unknown> {
  const prototype = (value: unknown): object => Object.getPrototypeOf(value) as object
  // In another realm these few are not reachable without running code there; its plain functions suffice.
  if (realm !== globalThis) return {}
  const arrayIterator = prototype([][Symbol.iterator]())
  return {
    TypedArray: prototype(Uint8Array),
    ArrayIterator: arrayIterator,
    IteratorPrototype: prototype(arrayIterator),
    MapIterator: prototype(new Map().entries()),
    SetIterator: prototype(new Set().entries()),
    StringIterator: prototype(''[Symbol.iterator]()),
    RegExpStringIterator: prototype(''.matchAll(/x/g)),
    GeneratorFunction: prototype(function* () {}).constructor,
    AsyncFunction: prototype(async () => {}).constructor,
    AsyncGeneratorFunction: prototype(async function* () {}).constructor,
  }
}

function addTree(to: Map<object, string>, value: unknown, path: string, depth: number, nativeOnly: boolean): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || to.has(value)) return
  // A polyfill or a program's own addition (Array.prototype.last) is not built in.
  if (nativeOnly && typeof value === 'function' && !isNative(value)) return
  to.set(value, path)
  if (depth === 0) return
  for (const key of Reflect.ownKeys(value)) {
    const name = typeof key === 'string' ? key : symbolName(key) === undefined ? undefined : `@@${symbolName(key)}`
    if (name !== undefined && !name.includes('.')) addTree(to, own(value, key), `${path}.${name}`, depth - 1, nativeOnly)
  }
}

/** Never runs a getter: those of Node's globals load modules and print warnings. */
function own(of: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(of, key)?.value
}

function realmOf(fn: object): typeof globalThis | undefined {
  const prototype = Object.getPrototypeOf(fn) as object | null
  const make = prototype === null ? undefined : own(prototype, 'constructor')
  if (typeof make !== 'function' || make === Function || !isNative(make)) return undefined
  const realm: unknown = (make as (code: string) => () => unknown)('return this')()
  return typeof realm === 'object' && realm !== null ? (realm as typeof globalThis) : undefined
}
