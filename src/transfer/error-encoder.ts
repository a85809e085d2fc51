import { types } from 'node:util'
import { describe } from '../base/index.js'
import type { Encoder } from './encoder.js'
import { Untransferable } from './errors.js'
import { tag } from './format.js'
import type { Class } from './instance-kind.js'

/**
 * An error must reach the person who can act on it even if something that hangs on it cannot travel (the socket of a
 * failed request): such a part, or a class that cannot travel, is replaced by what can be said about it.
 */
export function encodeError(encoder: Encoder, error: Error, ownClass: Class | undefined): void {
  const out = encoder.out
  const sendsClass = ownClass !== undefined && canTravel(encoder, ownClass)
  out.byte(tag.error)
  const native = nativeName(error)
  out.string(native)
  // Without its class an error would lose the name that it has through the prototype.
  out.string(sendsClass || Object.hasOwn(error, 'name') || error.name === native ? '' : String(error.name))
  encoder.value(encoder.hashing ? undefined : stackOf(error))
  const keys = Object.getOwnPropertyNames(error).filter((key) => key !== 'stack')
  out.unsigned(keys.length)
  for (const key of keys) {
    const value: unknown = (error as unknown as Record<string, unknown>)[key]
    out.string(key)
    out.byte(Object.prototype.propertyIsEnumerable.call(error, key) ? 1 : 0)
    encoder.value(canTravel(encoder, value) ? value : `[cannot travel: ${describe(value)}]`)
  }
  out.byte(sendsClass ? 1 : 0)
  if (sendsClass) encoder.value(ownClass)
}

function stackOf(error: Error): string | undefined {
  const stack: unknown = error.stack
  return typeof stack === 'string' ? stack : undefined
}

const natives = ['AggregateError', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError']

/** The built-in class that an error is or extends. By name, because errors of other realms are errors, too. */
function nativeName(error: Error): string {
  for (let p = Object.getPrototypeOf(error) as object | null; p !== null; p = Object.getPrototypeOf(p) as object | null) {
    const made: unknown = Object.getOwnPropertyDescriptor(p, 'constructor')?.value
    if (typeof made === 'function' && natives.includes(made.name)) return made.name
  }
  return 'Error'
}

const onTrial = new Set<unknown>()

function canTravel(encoder: Encoder, value: unknown): boolean {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function' && typeof value !== 'symbol') return true
  if (encoder.met(value) !== undefined || onTrial.has(value)) return true
  // Errors always travel, by this very function; trying them out at each level of a chain of causes would double its cost.
  if (types.isNativeError(value)) return true
  onTrial.add(value)
  try {
    encoder.trial(value)
    return true
  } catch (error) {
    if (error instanceof Untransferable) return false
    throw error
  } finally {
    onTrial.delete(value)
  }
}
