/**
 * Payloads of functions that captured nothing but what travels by name: they are the same each time. A loop that
 * submits one function a million times encodes it once.
 */
const payloads = new WeakMap<object, Uint8Array>()

export function constantPayload(fn: object): Uint8Array | undefined {
  const bytes = payloads.get(fn)
  return bytes !== undefined && isBare(fn) ? bytes : undefined
}

export function rememberConstant(fn: object, bytes: Uint8Array): void {
  if (isBare(fn)) payloads.set(fn, bytes.slice())
}

/** True if the function has nothing of its own that could change. */
function isBare(fn: object): boolean {
  if (Object.keys(fn).length > 0) return false
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value
  return (
    prototype === undefined ||
    (Object.hasOwn(prototype as object, 'constructor') && Reflect.ownKeys(prototype as object).length === 1)
  )
}
