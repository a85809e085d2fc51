import { inspect } from 'node:util'

// What an array is made of, so that the common kinds travel packed.

const fewElements = 256
const nameless = {
  maxArrayLength: 0,
  depth: 0,
  maxStringLength: 0,
  breakLength: Infinity,
  colors: false,
  customInspect: false,
} as const

/** True if the array has enumerable properties besides its elements, as the result of RegExp.prototype.exec has. */
export function hasNamedProperties(value: readonly unknown[]): boolean {
  const length = value.length
  // Listing the keys of a large array makes a string of each index (50 ns each). JavaScript offers no other way to ask
  // for the names that are not indices; inspect does it in native code, and prints nothing else of an array without any.
  if (length > fewElements && inspect(value, nameless) === `[ ... ${length} more items ]`) return false
  const keys = Object.keys(value)
  return keys.length > 0 && !isIndex(keys[keys.length - 1]!)
}

/** True if each element is an integer of 32 bits, false if each is a number, undefined if some is something else. */
export function onlyIntegers(value: readonly unknown[]): boolean | undefined {
  let integers = true
  for (let i = 0; i < value.length; i++) {
    const item = value[i]
    if (typeof item !== 'number') return undefined
    if (integers && ((item | 0) !== item || (item === 0 && 1 / item < 0))) integers = false
  }
  return integers
}

export function onlyStrings(value: readonly unknown[]): boolean {
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== 'string') return false
  return true
}

export function hasHole(value: readonly unknown[]): boolean {
  for (let i = 0; i < value.length; i++) if (value[i] === undefined && !(i in value)) return true
  return false
}

export function isIndex(key: string): boolean {
  const n = Number(key)
  return Number.isInteger(n) && n >= 0 && n < 4294967295 && String(n) === key
}
