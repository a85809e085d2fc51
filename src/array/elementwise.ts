import { isDeepStrictEqual } from 'node:util'
import { InvariantError } from '../base/index.js'
import type { LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import { type DType, type NodeId, type Program, type Scalars, programKey } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { type Chunks, eachPlace, gridOf } from './chunks.js'
import { computeElementwise } from './operations.js'
import { Assembly } from './program-parts.js'
import { RuleSource } from './sources.js'

/** The longest label; a longer one keeps its two ends. */
const LONGEST_LABEL = 60

/** What the tasks of an elementwise expression share. */
export interface ElementwiseShared {
  readonly program: Program
  readonly scalars: Scalars
  /** for each output of the program after the first, a mask of what must not be: what is wrong then */
  readonly guards: readonly string[]
}

/**
 * A value for each element of its inputs, which are stretched to one another: any number of operations, as one program.
 * Inputs have the same chunks along an axis, unless they have one element there.
 */
export class Elementwise extends ArrayExpression {
  readonly label: string
  readonly dtype: DType
  readonly chunks: Chunks
  readonly program: Program
  readonly scalars: Scalars
  readonly guards: readonly string[]
  /** for `explain()` */
  readonly note: string | undefined
  declare readonly inputs: readonly ArrayExpression[]

  constructor(
    label: string,
    inputs: readonly ArrayExpression[],
    { program, scalars, guards }: ElementwiseShared,
    annotations?: Annotations,
    note?: string,
  ) {
    super(inputs, annotations)
    this.label = label
    this.program = program
    this.scalars = scalars
    this.guards = guards
    this.note = note
    this.dtype = program.nodes[program.maps[0]!]!.dtype
    this.chunks = stretchedChunks(inputs.map((i) => i.chunks))
  }

  identity(): string {
    return `${programKey(this.program)} ${this.scalars.map((s) => `${typeof s}${Object.is(s, -0) ? '-0' : s}`).join()}`
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): ArrayLike<number> {
    const { program, scalars, guards } = this
    const layer = context.layer({ run: computeElementwise, shared: { program, scalars, guards } satisfies ElementwiseShared })
    const tasks = new Array<number>(this.size)
    const before = stretchedTasks(this.inputs, this.chunks, inputs)
    eachPlace(gridOf(this.chunks), (place, number) => {
      tasks[number] = layer.task(before(place, number))
    })
    return tasks
  }

  override describe(): string {
    return this.note === undefined ? super.describe() : `${super.describe()}, ${this.note}`
  }

  withInputs(inputs: readonly ArrayExpression[]): Elementwise {
    const merged = new Set(inputs).size < inputs.length
    return merged ? substituted(this, inputs) : new Elementwise(this.label, inputs, this, this.annotations, this.note)
  }
}

/** Gives what there is for the chunks (tasks, say) of the inputs that meet in a place of the grid of what they are stretched to. */
export function stretchedTasks<T = number>(
  inputs: readonly ArrayExpression[],
  chunks: Chunks,
  tasks: readonly ArrayLike<T>[],
): (place: readonly number[], number: number) => T[] {
  const ways = inputs.map((input) => waysOf(input.chunks, chunks))
  return (place, number) => {
    const before = new Array<T>(tasks.length)
    for (let k = 0; k < before.length; k++) before[k] = tasks[k]![placeOf(ways[k], place, number)]!
    return before
  }
}

/** How far one step along each axis of the result goes in the grid of an input; undefined: they have the same grid. */
function waysOf(input: Chunks, result: Chunks): number[] | undefined {
  const missing = result.length - input.length
  const ways = new Array<number>(result.length).fill(0)
  let step = 1
  for (let axis = input.length - 1; axis >= 0; axis--) {
    const { length } = input[axis]!
    ways[missing + axis] = length === 1 ? 0 : step
    step *= length
  }
  const same = missing === 0 && input.every((lengths, axis) => lengths.length === result[axis]!.length)
  return same ? undefined : ways
}

function placeOf(ways: readonly number[] | undefined, place: readonly number[], same: number): number {
  if (ways === undefined) return same
  let number = 0
  for (let axis = 0; axis < ways.length; axis++) number += ways[axis]! * place[axis]!
  return number
}

/** The chunks of what is stretched to one another: those of whoever has more than one element along an axis. */
export function stretchedChunks(all: readonly Chunks[]): Chunks {
  const dimensions = Math.max(0, ...all.map((c) => c.length))
  return Array.from({ length: dimensions }, (_, axis) => {
    let result: readonly number[] = [1]
    for (const chunks of all) {
      const lengths = chunks[axis - dimensions + chunks.length]
      if (lengths && !(lengths.length === 1 && lengths[0] === 1)) result = lengths
    }
    return result
  })
}

/** The expression of some operations on others: `build` writes them, on the inputs as nodes. */
export function elementwiseOf(
  label: string,
  inputs: readonly ArrayExpression[],
  build: (assembly: Assembly<ArrayExpression>, nodes: readonly NodeId[]) => NodeId,
): Elementwise {
  const assembly = new Assembly<ArrayExpression>()
  const nodes = inputs.map((input) => assembly.input(input, input.dtype))
  assembly.builder.map(build(assembly, nodes))
  return new Elementwise(label, assembly.inputs, { program: assembly.builder.build(), scalars: assembly.scalars, guards: [] })
}

/** Whether an expression may be computed within the task of another that uses it. */
export const mayFuse = (inner: ArrayExpression, outer: { readonly annotations: Annotations | undefined }): inner is Elementwise =>
  inner instanceof Elementwise && isDeepStrictEqual(inner.annotations ?? {}, outer.annotations ?? {})

/** Writes the values of an input into an assembly: those of the ones in `within` by their own programs. */
export function insertInput(
  assembly: Assembly<ArrayExpression>,
  input: ArrayExpression,
  within: ReadonlySet<ArrayExpression>,
  guards: { node: NodeId; message: string }[],
): NodeId {
  if (!within.has(input)) return assembly.input(input, input.dtype)
  if (input instanceof RuleSource && input.rule.kind === 'full') return assembly.scalar(input.rule.value, input.dtype)
  if (!(input instanceof Elementwise)) throw new InvariantError(`${input.label} cannot be computed within another`)
  const here = assembly.insert(input.program, input.scalars, (i) => assembly.input(input.inputs[i]!, input.inputs[i]!.dtype))
  input.guards.forEach((message, i) => guards.push({ node: here[input.program.maps[i + 1]!]!, message }))
  return here[input.program.maps[0]!]!
}

/** The expression with some of its inputs computed in its own program. */
export function withFused(e: Elementwise, within: ReadonlySet<ArrayExpression>): Elementwise {
  const assembly = new Assembly<ArrayExpression>()
  const guards: { node: NodeId; message: string }[] = []
  const nodes = e.inputs.map((input) => insertInput(assembly, input, within, guards))
  const here = assembly.insert(e.program, e.scalars, (i) => nodes[i]!)
  e.guards.forEach((message, i) => guards.push({ node: here[e.program.maps[i + 1]!]!, message }))
  assembly.builder.map(here[e.program.maps[0]!]!)
  for (const { node } of guards) assembly.builder.map(node)
  const label = labelOf([...e.inputs.filter((i) => within.has(i)).map((i) => i.label), e.label])
  return new Elementwise(
    label,
    assembly.inputs,
    { program: assembly.builder.build(), scalars: assembly.scalars, guards: guards.map((g) => g.message) },
    e.annotations,
  )
}

/** Over other inputs, some of which have become the same. */
function substituted(e: Elementwise, inputs: readonly ArrayExpression[]): Elementwise {
  const assembly = new Assembly<ArrayExpression>()
  const nodes = inputs.map((input) => assembly.input(input, input.dtype))
  const here = assembly.insert(e.program, e.scalars, (i) => nodes[i]!)
  for (const node of e.program.maps) assembly.builder.map(here[node]!)
  return new Elementwise(
    e.label,
    assembly.inputs,
    { program: assembly.builder.build(), scalars: assembly.scalars, guards: e.guards },
    e.annotations,
  )
}

/** What people read of several steps in one. */
export function labelOf(labels: readonly string[]): string {
  const label = [...new Set(labels.flatMap((l) => l.split('-')))].join('-')
  if (label.length <= LONGEST_LABEL) return label
  const half = (LONGEST_LABEL - 1) >> 1
  return `${label.slice(0, half)}…${label.slice(-half)}`
}
