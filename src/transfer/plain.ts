import { types } from 'node:util'
import { dependency } from './symbols.js'

/**
 * A cheap test: true if `value` is a primitive, or plain data (arrays, records, Maps, Sets, dates, regular expressions,
 * typed arrays; not Buffers) that a structured clone carries with nothing lost: no functions, no instances of
 * classes, no symbols, no proxies, no dependencies.
 */
export function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'function':
    case 'symbol':
      return false
    case 'object':
      return value === null || isPlainObject(value, new Set())
    default:
      return true
  }
}

const views = new Set<unknown>([
  Int8Array.prototype,
  Uint8Array.prototype,
  Uint8ClampedArray.prototype,
  Int16Array.prototype,
  Uint16Array.prototype,
  Int32Array.prototype,
  Uint32Array.prototype,
  Float32Array.prototype,
  Float64Array.prototype,
  BigInt64Array.prototype,
  BigUint64Array.prototype,
  DataView.prototype,
  ArrayBuffer.prototype,
  Date.prototype,
  RegExp.prototype,
])

function isPlainObject(value: object, seen: Set<object>): boolean {
  if (seen.has(value)) return true
  seen.add(value)
  if (types.isProxy(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Array.prototype) {
    for (let i = 0; i < (value as unknown[]).length; i++) if (!isPlainPart((value as unknown[])[i], seen)) return false
    return true
  }
  if (prototype === Object.prototype) {
    if ((value as { [dependency]?: unknown })[dependency] !== undefined) return false
    for (const key of Object.keys(value)) if (!isPlainPart((value as Record<string, unknown>)[key], seen)) return false
    return true
  }
  if (views.has(prototype)) return true
  if (prototype === Map.prototype) {
    for (const [key, item] of value as Map<unknown, unknown>)
      if (!isPlainPart(key, seen) || !isPlainPart(item, seen)) return false
    return true
  }
  if (prototype === Set.prototype) {
    for (const item of value as Set<unknown>) if (!isPlainPart(item, seen)) return false
    return true
  }
  return false
}

function isPlainPart(value: unknown, seen: Set<object>): boolean {
  const type = typeof value
  if (type === 'object') return value === null || isPlainObject(value as object, seen)
  return type !== 'function' && type !== 'symbol'
}
