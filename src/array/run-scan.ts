import { type Chunk, newChunk, partsOf, sizeOf } from './chunk.js'
import type { ScanKind, ScanShared } from './scanned.js'

/** A chunk's running results; `before`: how far the line has come before it. */
export function scanChunk([chunk, before]: readonly Chunk[], shared: ScanShared): Chunk {
  const result = newChunk(chunk!.dtype, chunk!.shape)
  scan(chunk!, before, shared, (at, value) => {
    result.data[at] = value as never
  })
  return result
}

/** How far a line has come after a chunk. */
export function scanTotal([chunk, before]: readonly Chunk[], shared: ScanShared): Chunk {
  const { axis } = shared
  const result = newChunk(
    chunk!.dtype,
    chunk!.shape.map((n, a) => (a === axis ? 1 : n)),
  )
  const length = chunk!.shape[axis]!
  if (length === 0 && before) return before
  if (length === 0) {
    if (shared.kind === 'prod') result.data.fill((typeof result.data[0] === 'bigint' ? 1n : 1) as never)
    return result
  }
  const inner = sizeOf(chunk!.shape.slice(axis + 1)) * partsOf(chunk!.dtype)
  scan(chunk!, before, shared, (at, value) => {
    const step = Math.floor(at / inner)
    if (step % length === length - 1) result.data[Math.floor(step / length) * inner + (at % inner)] = value as never
  })
  return result
}

type Value = number | bigint

function scan(
  chunk: Chunk,
  before: Chunk | undefined,
  { kind, axis }: ScanShared,
  put: (at: number, value: Value) => void,
): void {
  const { data, shape, dtype } = chunk
  const parts = partsOf(dtype)
  const length = shape[axis]!
  const inner = sizeOf(shape.slice(axis + 1)) * parts
  const outer = sizeOf(shape.slice(0, axis))
  const single = dtype === 'float32' || dtype === 'complex64'
  const wrap = wrapOf(dtype)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i += kind === 'prod' ? parts : 1) {
      const start = o * length * inner + i
      if (kind === 'prod' && parts === 2) {
        complexProducts(chunk, before, o * inner + i, start, length, inner, single, put)
        continue
      }
      let total: Value | undefined = before ? before.data[o * inner + i]! : undefined
      for (let k = 0; k < length; k++) {
        const at = start + k * inner
        total = next(kind, total, data[at]!)
        if (single) total = Math.fround(total as number)
        else if (wrap) total = wrap(total)
        put(at, total)
      }
    }
  }
}

function next(kind: ScanKind, total: Value | undefined, value: Value): Value {
  if (total === undefined) return value
  switch (kind) {
    case 'sum':
      return (total as number) + (value as number)
    case 'prod':
      return (total as number) * (value as number)
    case 'push':
      return Number.isNaN(value) ? total : value
  }
}

function complexProducts(
  chunk: Chunk,
  before: Chunk | undefined,
  carried: number,
  start: number,
  length: number,
  inner: number,
  single: boolean,
  put: (at: number, value: Value) => void,
): void {
  const data = chunk.data as Float64Array
  let re = before ? (before.data[carried] as number) : 1
  let im = before ? (before.data[carried + 1] as number) : 0
  for (let k = 0; k < length; k++) {
    const at = start + k * inner
    const [x, y] = [data[at]!, data[at + 1]!]
    const product = [re * x - im * y, re * y + im * x] as const
    ;[re, im] = single ? [Math.fround(product[0]), Math.fround(product[1])] : product
    put(at, re)
    put(at + 1, im)
  }
}

/** Whole numbers wrap around. */
function wrapOf(dtype: Chunk['dtype']): ((value: Value) => Value) | undefined {
  if (dtype === 'int64') return (v) => BigInt.asIntN(64, v as bigint)
  if (dtype === 'uint64') return (v) => BigInt.asUintN(64, v as bigint)
  const bits = { int8: 8, int16: 16, int32: 32, uint8: 8, uint16: 16, uint32: 32 }[dtype as 'int8']
  if (bits === undefined) return undefined
  const box = dtype.startsWith('u') ? BigInt.asUintN : BigInt.asIntN
  return (v) => (Number.isSafeInteger(v) && Math.abs(v as number) < 2 ** (bits - 1) ? v : Number(box(bits, BigInt(v))))
}
