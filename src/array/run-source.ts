import type { TaskContext } from '../graph/index.js'
import { type Chunk, type Numbers, isWide, partsOf, sizeOf, writtenChunk } from './chunk.js'
import { placeInGrid } from './chunks.js'
import type { SourceShared } from './sources.js'

/** The chunk with this number of an array that follows a rule. */
export function makeChunk(number: number, { rule, dtype, runs }: SourceShared, context: TaskContext): Chunk {
  const grid = runs.map((r) => r.reduce((n, [count]) => n + count, 0))
  const spans = placeInGrid(number, grid).map((place, axis) => spanOf(runs[axis]!, place))
  const shape = spans.map((s) => s.length)
  return writtenChunk(dtype, shape, context, (data) => write({ dtype, shape, data }, spans, rule))
}

function write(
  chunk: Chunk,
  spans: readonly { readonly start: number; readonly length: number }[],
  rule: SourceShared['rule'],
): void {
  const { dtype, data } = chunk
  const start = spans.map((s) => s.start)
  const wide = isWide(dtype)
  switch (rule.kind) {
    case 'full': {
      const { value, imaginary = 0 } = rule
      if (partsOf(dtype) === 1) fill(data, wide ? BigInt(value) : Number(value))
      else for (let i = 0; i < data.length; i++) data[i] = i % 2 === 0 ? Number(value) : imaginary
      break
    }
    case 'range':
      for (let i = 0; i < chunk.shape[0]!; i++) {
        const place = start[0]! + i
        const value = wide
          ? BigInt(rule.start) + BigInt(rule.step) * BigInt(place)
          : Number(rule.start) + Number(rule.step) * place
        put(chunk, i, value)
      }
      break
    case 'linspace': {
      const step = (rule.stop - rule.start) / rule.steps
      for (let i = 0; i < chunk.shape[0]!; i++) {
        const place = start[0]! + i
        const value =
          rule.exact && place === rule.steps
            ? rule.stop
            : step === 0 || rule.steps === 0
              ? (place / rule.steps || 0) * (rule.stop - rule.start) + rule.start
              : place * step + rule.start
        put(chunk, i, wide ? BigInt(Math.floor(value)) : value)
      }
      break
    }
    default: {
      const [rows, columns] = chunk.shape
      const one = wide ? 1n : 1
      data.fill((wide ? 0n : 0) as never)
      if (rule.kind === 'index') {
        eachIndex(chunk.shape, (at, i) =>
          put(chunk, i, wide ? BigInt(at[rule.axis]! + start[rule.axis]!) : at[rule.axis]! + start[rule.axis]!),
        )
        break
      }
      for (let r = 0; r < rows!; r++) {
        const diagonal = start[0]! + r + rule.k - start[1]!
        if (rule.kind === 'eye') {
          if (diagonal >= 0 && diagonal < columns!) put(chunk, r * columns! + diagonal, one)
        } else for (let c = 0; c <= Math.min(diagonal, columns! - 1); c++) put(chunk, r * columns! + c, one)
      }
    }
  }
}

function spanOf(runs: SourceShared['runs'][number], place: number): { start: number; length: number } {
  let start = 0
  for (const [count, length] of runs) {
    if (place < count) return { start: start + place * length, length }
    place -= count
    start += count * length
  }
  return { start, length: 0 }
}

function put({ data, dtype }: Chunk, element: number, value: number | bigint): void {
  data[element * partsOf(dtype)] = value
}

const fill = (data: Numbers, value: number | bigint): unknown => data.fill(value as never)

function eachIndex(shape: readonly number[], visit: (at: readonly number[], element: number) => void): void {
  const at = new Array<number>(shape.length).fill(0)
  const total = sizeOf(shape)
  for (let i = 0; i < total; i++) {
    visit(at, i)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++at[axis]! < shape[axis]!) break
      at[axis] = 0
    }
  }
}
