import { ArgumentError, type SharedWasmMemory, bufferOf } from '../base/index.js'
import type { Access } from './access.js'
import { type Axis, axesOf, coalesced, stepOf, walk, widestFirst } from './axes.js'
import { realBlocks, realProgram } from './complex.js'
import { type RealDType, isComplex, itemSize, kindOf } from './dtype.js'
import { finishProgram } from './finish.js'
import { outputTypes } from './output-types.js'
import { KernelCache } from './kernel-cache.js'
import { type Block, broadcastTo, contiguousBlock } from './layout.js'
import { passesOf } from './passes.js'
import type { Program } from './program.js'
import { type Reduction, reductionTypes } from './reduction.js'
import { fillStates, fillZero } from './states.js'

/** Gives memory for a while. */
export interface Scratch {
  allocate(bytes: number): number
  release(address: number): unknown
}

/** A number for each scalar of a program, in order. 64-bit integers may be bigints. */
export type Scalars = readonly (number | bigint | boolean)[]

/** Takes values at other places into other states: the addresses of the inputs, and those of the states. */
export type Accumulate = (inputs: readonly number[], states: readonly number[]) => void

/** Runs a kernel on operands at these addresses. */
type Plan = (addresses: readonly number[]) => void

/** Calls take at most so many columns: code that is new becomes fast between calls. */
const COLUMNS = 32_768

/** Where rows of one array are columns of another, a few columns at a time keep what will be read again in the caches. */
const CROSSED_COLUMNS = 64

const FEW = 16

/** Rows that are reduced to one at a time: as many as the processor reads ahead in at once. */
const LEAF_ROWS = 32

/**
 * Runs programs on arrays in one shared memory. One for each thread; the code of kernels is made when it is first needed.
 *
 * @example
 * const runner = new KernelRunner(memory)
 * runner.map(program, [a, b], [out])
 */
export class KernelRunner {
  readonly #cache: KernelCache
  readonly #memory: SharedWasmMemory

  /** @param wide the memory has 64-bit addresses */
  constructor(memory: SharedWasmMemory, { wide = false }: { readonly wide?: boolean } = {}) {
    this.#memory = memory
    this.#cache = new KernelCache(memory, wide)
  }

  get cache(): KernelCache {
    return this.#cache
  }

  /**
   * Computes the values of a program for each element of its outputs, which have one shape; inputs are stretched to it. An
   * output may be the very memory of an input, but must not overlap one in any other way.
   *
   * @throws ArgumentError when arrays and program do not fit
   */
  map(program: Program, inputs: readonly Block[], outputs: readonly Block[], scalars: Scalars = []): void {
    ;[program, inputs, outputs] = [realProgram(program), realBlocks(inputs), realBlocks(outputs)]
    const shape = outputs[0]?.shape ?? []
    check(program, inputs, outputs, scalars)
    for (const o of outputs) {
      if (o.shape.join() !== shape.join())
        throw new ArgumentError(`outputs of the shapes [${shape.join(', ')}] and [${o.shape.join(', ')}]`)
    }
    if (shape.includes(0)) return
    const operands = [...outputs, ...inputs.map((i) => broadcastTo(i, shape))]
    const axes = coalesced(widestFirst(axesOf(shape, operands)))
    const columns = axes.pop() ?? single(operands.length)
    const rows = axes.pop() ?? single(operands.length)
    this.#plan('map', program, operands, axes, rows, columns, scalars)(operands.map((o) => o.address))
  }

  /**
   * Takes more values into the states of the reductions of a program: those of its inputs, which have one shape after
   * stretching, along the axes. States are arrays of the types of `reductionTypes`, side by side, of the shape that
   * remains; `beginStates` makes them new.
   */
  accumulate(
    program: Program,
    inputs: readonly Block[],
    shape: readonly number[],
    axes: readonly number[],
    states: readonly Block[],
    scalars: Scalars = [],
  ): void {
    this.accumulator(
      program,
      inputs,
      shape,
      axes,
      states,
      scalars,
    )(
      inputs.map((i) => i.address),
      states.map((s) => s.address),
    )
  }

  /**
   * What `accumulate` does, to be done again and again: for other inputs and states, which lie in the same way elsewhere.
   * What is the same each time is found out once.
   */
  accumulator(
    program: Program,
    inputs: readonly Block[],
    shape: readonly number[],
    axes: readonly number[],
    states: readonly Block[],
    scalars: Scalars = [],
  ): Accumulate {
    const given = inputs
    ;[program, inputs] = [realProgram(program), realBlocks(inputs)]
    check(program, inputs, states, scalars)
    const passes = passesOf(program)
    if (passes.length > 1) {
      const each = passes.map((pass) => {
        const own = pass.states.map((i) => states[i]!)
        const run = this.accumulator(pass.program, inputs, shape, axes, own, scalars)
        return { run, states: pass.states }
      })
      return (from, to) => {
        const real = realAddresses(given, from)
        for (const pass of each)
          pass.run(
            real,
            pass.states.map((i) => to[i]!),
          )
      }
    }
    if (shape.includes(0)) return () => {}
    const kept = shape.map((_, i) => i).filter((i) => !axes.includes(i))
    const stretched = states.map((s): Pick<Block, 'strides'> => {
      return { strides: shape.map((_, i) => (axes.includes(i) ? 0 : s.strides[kept.indexOf(i)]!)) }
    })
    const operands = [...states, ...inputs.map((i) => broadcastTo(i, shape))]
    const all = axesOf(shape, [...stretched, ...operands.slice(states.length)])
    const isReduced = (a: Axis): boolean => states.length > 0 && a.strides[0] === 0
    const keptAxes = coalesced(all.filter((a) => !isReduced(a)))
    const reducedAxes = coalesced(all.filter(isReduced))
    const isOfPlaces = program.reductions.some(({ reduction }) => isArg(reduction))
    const run = isOfPlaces
      ? this.#accumulateArg(program, operands, keptAxes, reducedAxes, scalars)
      : this.#accumulateAny(program, operands, keptAxes, reducedAxes, scalars)
    return (from, to) => run([...to, ...realAddresses(given, from)])
  }

  /**
   * Reduces inputs along some axes of the shape that they are stretched to, all at once.
   *
   * @param axes counted from 0
   * @param outputs for each reduction one array of the shape that remains (`moments`: three, of float64)
   * @param scratch where states are kept meanwhile: an `Arena` will do
   * @throws ArgumentError when arrays and program do not fit, and for the least or greatest of nothing
   */
  reduce(
    program: Program,
    inputs: readonly Block[],
    shape: readonly number[],
    axes: readonly number[],
    outputs: readonly Block[],
    scratch: Scratch,
    scalars: Scalars = [],
  ): void {
    const kept = shape.filter((_, i) => !axes.includes(i))
    const empty = axes.some((a) => shape[a] === 0)
    const addresses: number[] = []
    try {
      const states = program.reductions.map(({ reduction, node }) => {
        if (empty && !hasStart(reduction))
          throw new ArgumentError(`${reduction} of no values, along axes [${axes.join(', ')}] of [${shape.join(', ')}]`)
        return reductionTypes(reduction, program.nodes[node]!.dtype).states.map((dtype) => {
          const address = scratch.allocate(itemSize(dtype) * kept.reduce((n, m) => n * m, 1))
          addresses.push(address)
          return contiguousBlock(address, dtype, kept)
        })
      })
      this.beginStates(program, states.flat())
      this.accumulate(program, inputs, shape, axes, states.flat(), scalars)
      let at = 0
      for (const [i, { reduction, node }] of program.reductions.entries()) {
        const own = outputs.slice(at, (at += reduction === 'moments' ? 3 : 1))
        if (own.length === 0) throw new ArgumentError(`${program.reductions.length} reductions have ${outputs.length} outputs`)
        const finish = finishProgram(reduction, program.nodes[node]!.dtype, own[0]!.dtype)
        // The sum of nothing is 0; that of negative zeros is −0.
        const zero = empty && reduction === 'sum' ? states[i]!.filter((s) => s.dtype === 'float64') : []
        if (zero.length > 0) fillZero(this.#memory.buffer, zero)
        this.map(finish, states[i]!, realBlocks(own))
      }
    } finally {
      for (const address of addresses) scratch.release(address)
    }
  }

  /** Makes states such as they are before any value. */
  beginStates(program: Program, states: readonly Block[]): void {
    program = realProgram(program)
    const end = Math.max(...states.map((s) => s.address + itemSize(s.dtype) * s.shape.reduce((n, m) => n * m, 1)))
    fillStates(bufferOf(this.#memory, this.#cache.wide, end), program, states)
  }

  #accumulateAny(program: Program, operands: readonly Block[], kept: Axis[], reduced: Axis[], scalars: Scalars): Plan {
    const inputs = (a: Axis): number => stepOf({ ...a, strides: a.strides.slice(outputTypes(program).length) })
    const byStep = (a: Axis, b: Axis): number => inputs(b) - inputs(a)
    const nearestKept = [...kept].sort(byStep).at(-1)
    const nearestReduced = [...reduced].sort(byStep).at(-1)
    const isNearer = nearestKept && (!nearestReduced || inputs(nearestKept) < inputs(nearestReduced))
    // Few columns are not worth a loop of their own, unless there are fewer rows still.
    const across = isNearer && nearestKept.length >= Math.min(FEW, nearestReduced?.length ?? 0)
    if (across) {
      const rows = longest(reduced) ?? single(operands.length)
      const others = [...kept, ...reduced].filter((a) => a !== nearestKept && a !== rows)
      const leaf = (length: number): Plan =>
        this.#plan('outer', program, operands, others, { ...rows, length }, nearestKept, scalars)
      const whole = leaf(Math.min(LEAF_ROWS, rows.length))
      const rest = rows.length % LEAF_ROWS
      const last = rest === 0 ? whole : leaf(rest)
      return (addresses) => {
        for (let at = 0; at < rows.length; at += LEAF_ROWS) {
          const run = at + LEAF_ROWS > rows.length ? last : whole
          run(at === 0 ? addresses : addresses.map((a, i) => a + rows.strides[i]! * at))
        }
      }
    }
    const columns = nearestReduced ?? single(operands.length)
    const rows = longest(kept) ?? longest(reduced.filter((a) => a !== columns)) ?? single(operands.length)
    const others = [...kept, ...reduced].filter((a) => a !== columns && a !== rows)
    return this.#plan('inner', program, operands, others, rows, columns, scalars)
  }

  /** Places are counted in the order of the axes: that is the order of the walk. */
  #accumulateArg(program: Program, operands: readonly Block[], kept: Axis[], reduced: Axis[], scalars: Scalars): Plan {
    const columns = reduced.at(-1) ?? single(operands.length)
    const others = reduced.slice(0, -1)
    const rows = longest(kept) ?? others.pop() ?? single(operands.length)
    return this.#plan('arg', program, operands, [...kept.filter((a) => a !== rows), ...others], rows, columns, scalars)
  }

  /** What runs a kernel on operands that lie as these do, wherever they begin. */
  #plan(
    kind: 'map' | 'inner' | 'outer' | 'arg',
    program: Program,
    operands: readonly Block[],
    axes: readonly Axis[],
    rows: Axis,
    columns: Axis,
    scalars: Scalars,
  ): Plan {
    const sizes = operands.map((o) => itemSize(o.dtype))
    const access = columns.strides.map((s, i): Access => (s === sizes[i] ? 'side' : s === 0 ? 'same' : 'apart'))
    const run = this.#cache.get(program, { kind, access })
    const values = program.scalars.map((dtype, i) => scalarArgument(dtype as RealDType, scalars[i]!))
    // An inner reduction takes up where it left off; but its rows are whole, so that equal rows give equal sums.
    const crossed = columns.strides.some((s, i) => Math.abs(s) > Math.abs(rows.strides[i]!) && rows.strides[i] !== 0)
    const most =
      kind === 'map' && crossed && rows.length > 1
        ? CROSSED_COLUMNS
        : kind === 'map' || (kind === 'inner' && rows.length === 1)
          ? COLUMNS
          : Infinity
    const args: (number | bigint)[] = [
      rows.length,
      0,
      ...operands.flatMap((_, i) => [0, rows.strides[i]!, columns.strides[i]!]),
      ...values,
    ]
    const runRows = (addresses: readonly number[]): void => {
      for (let at = 0; at < columns.length; at += most) {
        args[1] = Math.min(most, columns.length - at)
        for (let i = 0; i < addresses.length; i++) args[2 + 3 * i] = addresses[i]! + (at > 0 ? at * columns.strides[i]! : 0)
        run(...args)
      }
    }
    return axes.length === 0 ? runRows : (addresses) => walk(axes, addresses, runRows)
  }
}

const single = (operands: number): Axis => ({ length: 1, strides: new Array<number>(operands).fill(0) })

const longest = (axes: readonly Axis[]): Axis | undefined =>
  axes.reduce<Axis | undefined>((best, a) => (best && best.length >= a.length ? best : a), undefined)

const hasStart = (reduction: Reduction): boolean => reduction !== 'min' && reduction !== 'max' && !isArg(reduction)

const isArg = (reduction: Reduction): boolean => reduction === 'argmin' || reduction === 'argmax'

/** The addresses of `realBlocks`: complex numbers are two operands, of which the imaginary parts come after the real ones. */
function realAddresses(blocks: readonly Block[], addresses: readonly number[]): readonly number[] {
  if (!blocks.some((b) => isComplex(b.dtype))) return addresses
  return realBlocks(blocks.map((b, i) => ({ ...b, address: addresses[i]! }))).map((b) => b.address)
}

function scalarArgument(dtype: RealDType, value: number | bigint | boolean): number | bigint {
  if (dtype === 'int64' || dtype === 'uint64') return BigInt.asIntN(64, BigInt(value))
  return kindOf(dtype) === 'float' ? Number(value) : Number(BigInt.asIntN(32, BigInt(value)))
}

function check(program: Program, inputs: readonly Block[], outputs: readonly Block[], scalars: Scalars): void {
  const types = outputTypes(program)
  const fits = (dtypes: readonly string[], blocks: readonly Block[]): boolean =>
    dtypes.length === blocks.length && blocks.every((b, i) => b.dtype === dtypes[i])
  if (!fits(program.inputs, inputs) || !fits(types, outputs)) {
    const given = [...inputs, ...outputs].map((b) => b.dtype).join(', ')
    throw new ArgumentError(`a program on arrays of ${[...program.inputs, ...types].join(', ')} was given arrays of ${given}`)
  }
  if (scalars.length !== program.scalars.length) {
    throw new ArgumentError(`a program with ${program.scalars.length} scalars was given ${scalars.length}`)
  }
}
