import { types } from 'node:util'
import { ArgumentError, describe } from '../base/index.js'

/**
 * A text that is equal for two values exactly when they are equal by content: the same kinds, numbers (-0 is 0, NaN is
 * NaN), texts, dates, items in order, properties and map entries in any order. Classes count by name. The same in every
 * process. Throws `ArgumentError` for what has no content to compare: functions, promises, symbols, circles.
 */
export function canonical(value: unknown): string {
  return text(value, [])
}

function text(value: unknown, open: object[]): string {
  switch (typeof value) {
    case 'string':
      // The length goes first, so that no text can imitate the structure around it.
      return `s${value.length}:${value}`
    case 'number':
      return `n${value === 0 ? 0 : value}`
    case 'bigint':
      return `b${value}`
    case 'boolean':
      return value ? 't' : 'f'
    case 'undefined':
      return 'u'
    case 'object':
      return value === null ? 'l' : ofObject(value, open)
    default:
      throw noKey(value)
  }
}

function ofObject(value: object, open: object[]): string {
  if (open.includes(value))
    throw new ArgumentError(`a key is ${describe(value)} that contains itself, so it cannot be compared with others`)
  open.push(value)
  const result = Array.isArray(value) ? list(value, '[', open) : ofNonArray(value, open)
  open.pop()
  return result
}

function list(values: Iterable<unknown>, start: string, open: object[]): string {
  let result = start
  for (const item of values) result += `${text(item, open)},`
  return `${result}]`
}

function ofNonArray(value: object, open: object[]): string {
  if (types.isDate(value)) return `D${value.getTime()}`
  if (types.isMap(value)) {
    const entries = Array.from(value, ([k, v]) => `${text(k, open)}=${text(v, open)},`)
    return `M{${entries.sort().join('')}}`
  }
  if (types.isSet(value))
    return `S{${Array.from(value, (item) => `${text(item, open)},`)
      .sort()
      .join('')}}`
  if (ArrayBuffer.isView(value)) {
    if (types.isDataView(value)) return `V${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')};`
    return list(value as unknown as Iterable<unknown>, `V${className(value)}[`, open)
  }
  if (types.isAnyArrayBuffer(value)) return `A${Buffer.from(value).toString('base64')};`
  if (types.isRegExp(value)) return text(String(value), open).replace(/^s/, 'R')
  if (types.isBoxedPrimitive(value)) return `O${text(value.valueOf(), open)}`
  if (value instanceof URL) return text(value.href, open).replace(/^s/, 'U')
  if (types.isPromise(value) || types.isWeakMap(value) || types.isWeakSet(value) || types.isGeneratorObject(value))
    throw noKey(value)
  return ofProperties(value, open)
}

function ofProperties(value: object, open: object[]): string {
  const name = className(value)
  let result = name === 'Object' ? '{' : `I${name.length}:${name}{`
  if (types.isNativeError(value)) result += `${text(value.name, open)},${text(value.message, open)},`
  for (const key of Object.keys(value).sort()) {
    result += `${key.length}:${key}=${text((value as Record<string, unknown>)[key], open)},`
  }
  return `${result}}`
}

/** Objects without a prototype are records like any other. */
function className(value: object): string {
  return (value.constructor as { name?: string } | undefined)?.name ?? 'Object'
}

function noKey(value: unknown): ArgumentError {
  const hint = types.isPromise(value) ? '. Await it in a map first: keys must be there when they are compared' : ''
  return new ArgumentError(`${describe(value)} cannot be a key: it has no content that could be compared${hint}`)
}
