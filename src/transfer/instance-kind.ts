import { types } from 'node:util'
import { classFacts } from './function-facts.js'
import { intrinsicPath } from './intrinsics.js'
import { fromTransfer, toTransfer } from './symbols.js'

/** The built-in objects that can travel by themselves, and that a class may extend. */
export type Base =
  | 'array'
  | 'map'
  | 'set'
  | 'date'
  | 'regexp'
  | 'boxed'
  | 'arrayBuffer'
  | 'view'
  | 'error'
  | 'domException'
  | 'url'
  | 'searchParams'

/** How the objects of one prototype travel. */
export type Kind =
  | { readonly type: 'record' }
  | { readonly type: 'derived' }
  | { readonly type: 'builtin'; readonly base: Base }
  | { readonly type: 'instance'; readonly class: Class; readonly base: Base | undefined }
  | { readonly type: 'custom'; readonly class: Class; readonly state: string | symbol }
  | { readonly type: 'refused'; readonly reason: string; readonly advice: string }

/** Tells whether a function belongs to JavaScript or Node, not to a program. */
export interface Origins {
  isInternal(fn: Class): boolean
}

export type Class = new (...args: never[]) => object

const kinds = new WeakMap<object, Kind>()

/** The kind of an object whose prototype is neither null nor Object.prototype. */
export function kindOf(value: object, prototype: object, origins: Origins): Kind {
  let kind = kinds.get(prototype)
  if (kind === undefined) {
    kind = classify(value, prototype, origins)
    kinds.set(prototype, kind)
  }
  return kind
}

function classify(value: object, prototype: object, origins: Origins): Kind {
  const own = classOf(prototype)
  if (own === undefined) {
    // Errors of Node itself hide their class.
    if (types.isNativeError(value)) return { type: 'builtin', base: 'error' }
    const path = intrinsicPath(prototype)
    return path === undefined && !types.isGeneratorObject(value) ? { type: 'derived' } : refused(value, path ?? '')
  }
  if (origins.isInternal(own)) {
    // Plain objects of another realm (a vm context) have another Object.prototype.
    if (own.name === 'Object' && Object.getPrototypeOf(prototype) === null) return { type: 'record' }
    const base = baseOf(value)
    if (base !== undefined) return { type: 'builtin', base }
    return own.name === 'EventEmitter' ? { type: 'instance', class: own, base: undefined } : refused(value, own.name)
  }
  return ofProgram(value, prototype, own, origins)
}

function ofProgram(value: object, prototype: object, own: Class, origins: Origins): Kind {
  const state = method(value, toTransfer, 'toTransfer')
  const revive = method(own, fromTransfer, 'fromTransfer')
  if (state !== undefined && revive !== undefined) return { type: 'custom', class: own, state }
  if (state !== undefined || typeof revive === 'symbol') {
    return {
      type: 'refused',
      reason: `an instance of ${own.name}, which has only one half of toTransfer() and static fromTransfer(state)`,
      advice: 'Define both.',
    }
  }
  for (let p: object | null = prototype; p !== null; p = Object.getPrototypeOf(p) as object | null) {
    const c = classOf(p)
    if (c === undefined) continue
    if (origins.isInternal(c)) {
      if (c.name === 'Object' || c.name === 'EventEmitter') continue
      const base = baseOf(value)
      return base === undefined ? refused(value, c.name, own.name) : { type: 'instance', class: own, base }
    }
    const names = classFacts(c)?.privateNames ?? []
    if (names.length > 0) {
      return {
        type: 'refused',
        reason: `an instance of ${own.name}, which has private members (${names.map((n) => `#${n}`).join(', ')}) that only the class can read`,
        advice: `Give ${c.name} the methods toTransfer() and static fromTransfer(state).`,
      }
    }
  }
  return { type: 'instance', class: own, base: undefined }
}

/** The class that a prototype belongs to. */
function classOf(prototype: object): Class | undefined {
  const found: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return typeof found === 'function' && found.prototype === prototype ? (found as Class) : undefined
}

function method(of: object, symbol: symbol, name: string): string | symbol | undefined {
  for (const key of [symbol, name]) if (typeof (of as Record<PropertyKey, unknown>)[key] === 'function') return key
  return undefined
}

function baseOf(value: object): Base | undefined {
  if (Array.isArray(value)) return 'array'
  if (types.isMap(value)) return 'map'
  if (types.isSet(value)) return 'set'
  if (ArrayBuffer.isView(value)) return 'view'
  if (types.isDate(value)) return 'date'
  if (types.isRegExp(value)) return 'regexp'
  // In newer Nodes a DOMException counts as a native error, too; its name and message are private.
  if (value instanceof DOMException) return 'domException'
  if (types.isNativeError(value)) return 'error'
  if (types.isArrayBuffer(value)) return 'arrayBuffer'
  if (types.isBoxedPrimitive(value)) return types.isSymbolObject(value) ? undefined : 'boxed'
  if (value instanceof URL) return 'url'
  if (value instanceof URLSearchParams) return 'searchParams'
  return undefined
}

function refused(value: object, name: string, extendedBy?: string): Kind {
  const what = extendedBy === undefined ? article(name) : `an instance of ${extendedBy}, which extends ${name}`
  if (types.isPromise(value)) return { type: 'refused', reason: what, advice: 'Await it first.' }
  if (types.isGeneratorObject(value)) {
    return { type: 'refused', reason: 'a running generator', advice: 'Send the generator function, or [...generator].' }
  }
  if (types.isSharedArrayBuffer(value)) {
    return {
      type: 'refused',
      reason: 'a SharedArrayBuffer, which is shared and not sent',
      advice: 'Send a copy: new Uint8Array(shared).slice().',
    }
  }
  if (types.isWeakMap(value) || types.isWeakSet(value) || name === 'WeakRef') {
    return { type: 'refused', reason: `${what}, whose contents nobody can list`, advice: 'Use a Map or a Set.' }
  }
  return { type: 'refused', reason: `${what}, which belongs to this thread`, advice: 'Make it inside the function.' }
}

function article(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`
}
