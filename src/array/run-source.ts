import type { TaskContext } from '../graph/index.js'
import { type Chunk, type Numbers, isWide, partsOf, sizeOf, writtenChunk } from './chunk.js'
import { placeInGrid } from './chunks.js'
import { writeLinspace, writeRange } from './ranges.js'
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
      writeRange(data, dtype, rule.start, rule.step, start[0]!, chunk.shape[0]!)
      break
    case 'linspace':
      writeLinspace(data, dtype, rule, start[0]!, chunk.shape[0]!)
      break
    default: {
      const [rows, columns] = chunk.shape
      const one = wide ? 1n : 1
      data.fill((wide ? 0n : 0) as never)
      if (rule.kind === 'index') {
        writeIndex(data, chunk, rule.axis, start[rule.axis]!)
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

/** Writes for each element its place along an axis, from `start` on. */
function writeIndex(data: Numbers, { dtype, shape }: Chunk, axis: number, start: number): void {
  const run = sizeOf(shape.slice(axis + 1)) * partsOf(dtype)
  const period = shape[axis]! * run
  if (data.length === 0) return
  if (run === 1) writeRange(data, dtype, start, 1, 0, period)
  else
    for (let i = 0; i < shape[axis]!; i++) {
      const value = isWide(dtype) ? BigInt(start + i) : start + i
      if (partsOf(dtype) === 1) fill(data.subarray(i * run, (i + 1) * run), value)
      else for (let at = i * run; at < (i + 1) * run; at += 2) data[at] = value
    }
  for (let at = period; at < data.length; at += period) data.copyWithin(at, 0, period)
}
