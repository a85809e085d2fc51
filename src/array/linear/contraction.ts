import { config } from '../../config/index.js'
import { promoteTypes } from '../../kernels/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { castOf } from '../casting.js'
import { type Chunks, eachPlace, gridOf, needKnown, offsetsOf } from '../chunks.js'
import { ShapeError, showShape } from '../errors.js'
import { ufuncOf } from '../operands.js'
import { rechunked } from '../selection.js'
import { sumCounts } from '../sorting/tasks.js'
import { Wired } from '../wired.js'
import type { ContractShared, Lengths } from './contract-of.js'
import { contractChunks } from './tasks.js'

/** An array whose axes have names. */
export interface Named {
  readonly e: ArrayExpression
  readonly names: readonly number[]
}

/** Sums are cut into as many tasks, if the result has fewer chunks, so that there is work for everyone. */
const TASKS = 16

/**
 * The sum of products of the elements of one or two arrays over the axes that the result does not have. Axes of equal name
 * run together; axes of length 1 are stretched.
 *
 * @throws ShapeError when axes of equal name have different lengths
 */
export function contraction(label: string, operands: readonly Named[], out: readonly number[]): ArrayExpression {
  const types = operands.map(({ e }) => e.dtype)
  const dtype = types.reduce((a, b) => promoteTypes(a, b))
  if (dtype === 'bool') {
    // Of bools: whether there is any.
    const counted = operands.map(({ e, names }) => ({ e: castOf(e, 'int64'), names }))
    return ufuncOf('notEqual', contraction(label, counted, out), 0)
  }
  for (const { e } of operands) needKnown(label, e.chunks)
  const cuts = commonCuts(label, operands)
  const inputs = operands.map(({ e, names }) =>
    rechunked(
      castOf(e, dtype),
      names.map((name, axis) => (e.shape[axis] === 1 ? [1] : cuts.get(name)!)),
    ),
  )
  const all = [...new Set(operands.flatMap(({ names }) => names))]
  const summed = all.filter((name) => !out.includes(name))
  const chunks: Chunks = out.map((name) => cuts.get(name)!)
  const shared: ContractShared = { dtype, left: operands[0]!.names, right: operands[1]?.names, out }
  return new Wired({
    label,
    inputs,
    dtype,
    chunks,
    identity: JSON.stringify([shared.left, shared.right, out]),
    lower: (context, tasks) => {
      const layer = context.layer({ run: contractChunks as never, shared, suffix: 'product' })
      const merge = context.layer({ run: sumCounts as never })
      const grid = gridOf(chunks)
      const sumGrid = summed.map((name) => cuts.get(name)!.length)
      const steps = sumGrid.reduce((a, b) => a * b, 1)
      const blocks = grid.reduce((a, b) => a * b, 1)
      const groups = Math.min(steps, Math.max(1, Math.ceil(TASKS / blocks)))
      const results: number[] = []
      eachPlace(grid, (place) => {
        const at: Record<number, number> = {}
        for (const [i, name] of out.entries()) at[name] = place[i]!
        const before: number[][] = Array.from({ length: groups }, () => [])
        const lengths: Lengths[][] = Array.from({ length: groups }, () => [])
        eachPlace(sumGrid, (inner, number) => {
          for (const [i, name] of summed.entries()) at[name] = inner[i]!
          const group = Math.floor((number * groups) / steps)
          for (const [i, { names }] of operands.entries()) before[group]!.push(tasks[i]![chunkAt(inputs[i]!.chunks, names, at)]!)
          lengths[group]!.push(Object.fromEntries(all.map((name) => [name, cuts.get(name)![at[name]!]!])))
        })
        results.push(
          summedTasks(
            before.map((b, g) => layer.task(b, lengths[g])),
            (few) => merge.task(few),
          ),
        )
      })
      return results
    },
  })
}

function chunkAt(chunks: Chunks, names: readonly number[], at: Readonly<Record<number, number>>): number {
  let number = 0
  for (const [axis, name] of names.entries()) {
    const { length } = chunks[axis]!
    number = number * length + (length === 1 ? 0 : at[name]!)
  }
  return number
}

function summedTasks(tasks: readonly number[], merge: (few: readonly number[]) => number): number {
  const splitEvery = config.get('array.splitEvery')
  let level = [...tasks]
  while (level.length > 1) {
    const next: number[] = []
    for (let i = 0; i < level.length; i += splitEvery) {
      const few = level.slice(i, i + splitEvery)
      next.push(few.length === 1 ? few[0]! : merge(few))
    }
    level = next
  }
  return level[0]!
}

/** For each name lengths of chunks that have the cuts of all its axes. */
function commonCuts(label: string, operands: readonly Named[]): Map<number, readonly number[]> {
  const lengths = new Map<number, number>()
  const cuts = new Map<number, Set<number>>()
  for (const { e, names } of operands) {
    for (const [axis, name] of names.entries()) {
      const n = e.shape[axis]!
      const known = lengths.get(name)
      if (n === 1 && known !== undefined) continue
      if (known !== undefined && known !== 1 && known !== n) {
        const shapes = operands.map((o) => showShape(o.e.shape)).join(' and ')
        throw new ShapeError(
          `${label}: the shapes ${shapes} do not fit together: axes that run together have ${known} and ${n} elements`,
        )
      }
      if (known === 1) cuts.delete(name)
      lengths.set(name, n)
      const own = cuts.get(name) ?? new Set<number>()
      for (const offset of offsetsOf(e.chunks[axis]!)) own.add(offset)
      cuts.set(name, own)
    }
  }
  return new Map(
    [...cuts].map(([name, set]) => {
      const ends = [...set].sort((a, b) => a - b)
      const list = ends.slice(1).map((end, i) => end - ends[i]!)
      return [name, list.length === 0 ? [0] : list]
    }),
  )
}
