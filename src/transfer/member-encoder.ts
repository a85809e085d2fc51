import type { Encoder } from './encoder.js'
import type { AnyFunction } from './function-code.js'
import { isNative } from './intrinsics.js'

const enumerable = 1
const configurable = 2
const writable = 4
export const accessor = 8
export const flagBits = { enumerable, configurable, writable } as const

const given = new Set<PropertyKey>(['length', 'name', 'prototype', 'constructor', 'arguments', 'caller'])
const none: ReadonlySet<string> = new Set()

/**
 * The members of a class, or of its prototype, that running its text again does not give: those that were added or
 * replaced afterwards (decorators), and the present values of static fields.
 */
export function encodeMembers(encoder: Encoder, holder: object, text: string, staticFields: ReadonlySet<string> = none): void {
  const extra: [PropertyKey, PropertyDescriptor][] = []
  for (const key of Reflect.ownKeys(holder)) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key)!
    if (!given.has(key) && !isInText(key, descriptor, text, staticFields)) extra.push([key, descriptor])
  }
  encoder.out.unsigned(extra.length)
  for (const [key, d] of extra) {
    encoder.value(key)
    const isAccessor = d.get !== undefined || d.set !== undefined
    encoder.out.byte(
      (d.enumerable === true ? enumerable : 0) +
        (d.configurable === true ? configurable : 0) +
        (d.writable === true ? writable : 0) +
        (isAccessor ? accessor : 0),
    )
    if (isAccessor) {
      encoder.value(d.get)
      encoder.value(d.set)
    } else encoder.value(d.value)
  }
}

/** For functions that are used as classes in the old way: what their prototype has, and what it inherits from. */
export function encodePrototype(encoder: Encoder, fn: AnyFunction): void {
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value
  const isClassLike =
    typeof prototype === 'object' &&
    prototype !== null &&
    Object.hasOwn(prototype, 'constructor') &&
    (Reflect.ownKeys(prototype).length > 1 || Object.getPrototypeOf(prototype) !== Object.prototype)
  encoder.out.byte(isClassLike ? 1 : 0)
  if (!isClassLike) return
  const parent = (Object.getPrototypeOf(prototype) as { constructor?: unknown } | null)?.constructor
  encoder.value(parent === Object ? undefined : parent)
  encodeMembers(encoder, prototype, '')
}

function isInText(key: PropertyKey, d: PropertyDescriptor, text: string, staticFields: ReadonlySet<string>): boolean {
  const functions = [d.get, d.set, d.value].filter((f): f is AnyFunction => typeof f === 'function')
  if (functions.length === 0) return false
  if (typeof key === 'string' && staticFields.has(key)) return true
  return functions.every((f) => !isNative(f) && text.includes(Function.prototype.toString.call(f)))
}
