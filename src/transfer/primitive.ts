import { kind, tag } from './format.js'

/** The payload of most arguments and results: one tag and its data, without sections. */
export type Primitive = string | number | boolean | null | undefined

export function isPrimitive(value: unknown): value is Primitive {
  const type = typeof value
  return type === 'number' || type === 'string' || type === 'boolean' || value === undefined || value === null
}

const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)
const beyondLatin1 = /[^\0-\xff]/
const shortString = 64

export function encodePrimitive(value: Primitive, allocate: ((byteLength: number) => Uint8Array) | undefined): Uint8Array {
  const type = typeof value
  if (type === 'number') {
    const number = value as number
    if (number >= 0 && number < 128 && (number | 0) === number && 1 / number > 0)
      return head(tag.smallInteger + number, 2, allocate)
    const bytes = head(tag.float64, 10, allocate)
    float[0] = number
    for (let i = 0; i < 8; i++) bytes[2 + i] = floatBytes[i]!
    return bytes
  }
  if (type === 'string') return encodeString(value as string, allocate)
  return head(
    value === undefined ? tag.undefined : value === null ? tag.null : value === true ? tag.true : tag.false,
    2,
    allocate,
  )
}

/** The value of a payload that stands from here to there. */
export function decodePrimitive(bytes: Uint8Array, from = 0, to = bytes.length): unknown {
  const t = bytes[from + 1]!
  if (t >= tag.smallInteger) return t - tag.smallInteger
  switch (t) {
    case tag.undefined:
      return undefined
    case tag.null:
      return null
    case tag.float64:
      for (let i = 0; i < 8; i++) floatBytes[i] = bytes[from + 2 + i]!
      return float[0]
    case tag.string:
      return decodeString(bytes, from, to)
    default:
      return t === tag.true
  }
}

function encodeString(value: string, allocate: ((byteLength: number) => Uint8Array) | undefined): Uint8Array {
  const wide = beyondLatin1.test(value)
  const bytes = head(tag.string, 3 + value.length * (wide ? 2 : 1), allocate)
  bytes[2] = wide ? 1 : 0
  if (!wide && value.length <= shortString) {
    for (let i = 0; i < value.length; i++) bytes[3 + i] = value.charCodeAt(i)
  } else Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).write(value, 3, wide ? 'utf16le' : 'latin1')
  return bytes
}

function decodeString(bytes: Uint8Array, from: number, to: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from + 3, to - from - 3)
  return text.toString(bytes[from + 2] === 1 ? 'utf16le' : 'latin1')
}

function head(t: number, size: number, allocate: ((byteLength: number) => Uint8Array) | undefined): Uint8Array {
  const bytes = allocate === undefined ? new Uint8Array(size) : allocate(size)
  bytes[0] = kind.primitive
  bytes[1] = t
  return bytes
}
