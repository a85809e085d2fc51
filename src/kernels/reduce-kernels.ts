import type { Operand } from './access.js'
import type { BodyWriter } from './body-writer.js'
import { type RealDType, isInteger, widthOf } from './dtype.js'
import { type FunctionWriter, type Local, op } from './function-writer.js'
import { type Kernel, forEachRow, whileLeft } from './kernel.js'
import { type Lanes, lanesOf, shuffle } from './lanes.js'
import type { Program } from './program.js'
import { type Reducer, type State, reducerOf } from './reducer.js'
import { f64x2, i64x2, storeLane, loadSplat } from './simd-opcodes.js'

/** How many values a lane of a leaf takes. */
export const LEAF = 64

/** Runs of fewer elements are not read side by side: a processor has hardly begun to read ahead in them. */
const LEAST_STREAM = 1024

/** One reduction while its kernel is written. */
interface Part {
  readonly reducer: Reducer
  readonly node: number
  readonly bool: boolean
  /** the bool that this counts: a mask, which is −1 where it is set, is subtracted as it is */
  readonly counted: number | undefined
  /** where its states are */
  readonly states: readonly Operand[]
}

function partsOf({ program, outputs }: Kernel): Part[] {
  let at = 0
  return program.reductions.map(({ reduction, node }) => {
    const dtype = program.nodes[node]!.dtype as RealDType
    const reducer = reducerOf(reduction as Exclude<typeof reduction, 'argmin' | 'argmax'>, dtype)
    const counted = reduction === 'sum' ? boolOf(program, node) : undefined
    return { reducer, node, bool: dtype === 'bool', counted, states: outputs.slice(at, (at += reducer.states.length)) }
  })
}

/** The bool that a node has as a whole number of 64 bits. */
function boolOf({ nodes }: Program, id: number): number | undefined {
  const node = nodes[id]!
  if (node.kind !== 'cast' || nodes[node.of]!.dtype !== 'bool') return undefined
  return isInteger(node.dtype) && widthOf(node.dtype as RealDType) === 8 ? node.of : undefined
}

function valuesOf(part: Part, body: BodyWriter): Lanes {
  if (part.counted !== undefined) return body.mask(part.counted, 8)
  return part.bool ? body.mask(part.node, 1) : body.value(part.node)
}

const float64 = (f: FunctionWriter, count: Local): Local => f.simd(f64x2.splat, [f.scalar('f64', op.f64.convert_i32_s, count)])

/**
 * Reduces each row to one state. Leaves are merged into running states, one for each lane of the block; these are merged
 * with each other at the end of the row, then with what the last few elements gave, then with what is in memory.
 */
export function writeInner(kernel: Kernel): void {
  const { f, inputs, outputs, block } = kernel
  const parts = partsOf(kernel)
  forEachRow(kernel, [...inputs, ...outputs], () => {
    const left = f.copy('i32', kernel.columns)
    const ends = parts.map(({ reducer }) => begin(f, reducer))
    if (kernel.streams > 1) {
      f.if(f.scalar('i32', op.i32.ge_u, left, f.i32(kernel.streams * LEAST_STREAM)), () =>
        writeStreams(kernel, parts, left, ends),
      )
    }
    for (const size of block === 1 ? [1] : [block, 1]) {
      writeRun(kernel, parts, left, ends, size, {
        runs: 1,
        bodies: () => [kernel.body(size)],
        next: () => inputs.forEach((i) => i.nextBlock(size)),
      })
    }
    for (const [p, { reducer, states }] of parts.entries()) {
      const known = states.map((s) => f.load(loadSplat[widthOf(s.dtype)], s.row))
      for (const [i, vector] of reducer.merge(f, known, ends[p]!).entries()) {
        f.storeLane(storeLane[widthOf(states[i]!.dtype)], states[i]!.row, vector, 0)
      }
    }
  })
}

/**
 * Reduces most of what is left of a row in several runs side by side: processors read ahead in each of them, and so get more
 * from memory than in one. The operands are behind the last run in the end.
 */
function writeStreams(kernel: Kernel, parts: readonly Part[], left: Local, ends: readonly State[]): void {
  const { f, inputs, block, streams } = kernel
  const size = block / streams
  const turns = f.scalar('i32', op.i32.shr_u, left, f.i32(Math.log2(block)))
  const each = f.scalar('i32', op.i32.mul, turns, f.i32(size))
  const moving = inputs.filter((input) => input.access === 'side')
  const cursors = Array.from({ length: streams }, () => new Map<Operand, Local>())
  for (const input of moving) {
    for (const cursor of cursors) {
      cursor.set(input, f.copy(input.addressType, input.at))
      input.pass(input.at, each)
    }
  }
  writeRun(kernel, parts, f.copy('i32', each), ends, size, {
    runs: streams,
    bodies: () => cursors.map((cursor) => kernel.body(size, (input) => cursor.get(input) ?? input.at)),
    next: () => cursors.forEach((cursor) => cursor.forEach((at, input) => input.passBlock(at, size))),
  })
  f.assign(left, f.scalar('i32', op.i32.sub, left, f.scalar('i32', op.i32.mul, turns, f.i32(block))))
}

/** Takes elements into the states that rows end with, for as long as there are `size` left in each run. */
function writeRun(
  kernel: Kernel,
  parts: readonly Part[],
  left: Local,
  ends: readonly State[],
  size: number,
  { runs, bodies, next }: Pick<LeafSource, 'runs' | 'bodies' | 'next'>,
): void {
  const { f } = kernel
  const running = parts.map((p) => Array.from({ length: runs * vectorCount(p, size) }, () => begin(f, p.reducer)))
  whileLeft(f, left, size, () => {
    const most = f.scalar('i32', op.i32.shr_u, left, f.i32(Math.log2(size)))
    const turns = f.select('i32', f.scalar('i32', op.i32.lt_u, most, f.i32(LEAF)), most, f.i32(LEAF))
    writeLeaf(f, parts, turns, size, {
      runs,
      bodies,
      next,
      merge: (p, v, state) => set(f, running[p]![v]!, parts[p]!.reducer.merge(f, running[p]![v]!, state)),
    })
    // whileLeft takes the last turn off.
    const rest = f.scalar('i32', op.i32.mul, f.scalar('i32', op.i32.sub, turns, f.i32(1)), f.i32(size))
    f.assign(left, f.scalar('i32', op.i32.sub, left, rest))
  })
  for (const [p, { reducer }] of parts.entries()) {
    set(f, ends[p]!, reducer.merge(f, ends[p]!, fold(f, reducer, size, running[p]!)))
  }
}

/** Reduces all rows (which should be few: they are one leaf) to one row of states. */
export function writeOuter(kernel: Kernel): void {
  const { f, inputs, outputs, block } = kernel
  const parts = partsOf(kernel)
  for (const o of [...inputs, ...outputs]) o.beginRow()
  const left = f.copy('i32', kernel.columns)
  for (const size of block === 1 ? [1] : [block, 1]) {
    whileLeft(f, left, size, () => {
      const cursors = new Map(inputs.map((i) => [i, f.copy(i.addressType, i.at)]))
      const at = (input: Operand): Local => cursors.get(input)!
      const memory = parts.map((p) => p.states.map((s) => s.load(size)))
      writeLeaf(f, parts, kernel.rows, size, {
        runs: 1,
        bodies: () => [kernel.body(size, at)],
        next: () => inputs.forEach((i) => i.down(cursors.get(i)!)),
        merge: (p, v, state) => {
          const known = memory[p]!.map((lanes) => lanes[v]!)
          const merged = parts[p]!.reducer.merge(f, known, state)
          for (const [i, vector] of merged.entries()) (memory[p]![i] as Local[])[v] = vector
        },
      })
      for (const [p, { states }] of parts.entries()) states.forEach((s, i) => s.store(size, memory[p]![i]!))
      for (const o of [...inputs, ...outputs]) o.nextBlock(size)
    })
  }
}

interface LeafSource {
  /** of elements side by side that a turn takes a block from */
  readonly runs: number
  /** begins the code that computes those blocks, where the runs stand */
  bodies(): readonly BodyWriter[]
  next(): void
  merge(part: number, vector: number, state: State): void
}

function writeLeaf(f: FunctionWriter, parts: readonly Part[], turns: Local, size: number, source: LeafSource): void {
  const first = source.bodies()
  const leaves = parts.map((p) =>
    first.flatMap((body) =>
      Array.from({ length: vectorCount(p, size) }, (_, v) => p.reducer.leaf(f, () => valuesOf(p, body)[v]!)),
    ),
  )
  const left = f.copy('i32', turns)
  f.while(
    () => left,
    () => {
      const bodies = source.bodies()
      for (const [p, part] of parts.entries()) {
        for (const [v, value] of bodies.flatMap((body) => valuesOf(part, body)).entries()) {
          const leaf = leaves[p]![v]!
          if (part.counted === undefined) part.reducer.add(f, leaf, value)
          else f.assign(leaf[0]!, f.simd(i64x2.sub, [leaf[0]!, value]))
        }
      }
      source.next()
      f.assign(left, f.scalar('i32', op.i32.sub, left, f.i32(1)))
    },
  )
  const count = float64(f, turns)
  for (const [p, { reducer }] of parts.entries()) {
    leaves[p]!.forEach((leaf, v) => source.merge(p, v, reducer.close(f, leaf, count)))
  }
}

const vectorCount = ({ reducer }: Part, size: number): number => Math.max(1, (size * widthOf(reducer.states[0]!)) / 16)

function begin(f: FunctionWriter, { begin: vectors }: Reducer): State {
  return vectors.map((v) => f.copy('v128', f.constant(v)))
}

function set(f: FunctionWriter, variables: State, values: State): void {
  variables.forEach((v, i) => f.assign(v, values[i]!))
}

/** The states of all lanes as one, in lane 0. */
function fold(f: FunctionWriter, reducer: Reducer, size: number, states: readonly State[]): State {
  while (states.length > 1) {
    const half = states.length / 2
    states = states.slice(0, half).map((s, i) => reducer.merge(f, s, states[i + half]!))
  }
  const width = widthOf(reducer.states[0]!)
  let state = states[0]!
  for (let lanes = lanesOf(size, width) / 2; lanes >= 1; lanes /= 2) {
    const rotated = Array.from({ length: 16 }, (_, i) => (i + lanes * width) % 16)
    const other = state.map((v) => shuffle(f, v, v, rotated))
    state = reducer.merge(f, state, other)
  }
  return state
}
