import { ArgumentError, InvariantError, describe } from '../base/index.js'
import { type DType, integerRange, isComplex, isInteger, kindOf } from './dtype.js'
import { type Operation, operations } from './operation.js'
import type { Reduction } from './reduction.js'

/** A node of a program: its place in the list of nodes. */
export type NodeId = number

/** What a value of a program is. Nodes name earlier nodes. */
export type ProgramNode =
  | { readonly kind: 'input'; readonly index: number; readonly dtype: DType }
  /** a number given when the program runs: programs that differ in it share their code */
  | { readonly kind: 'scalar'; readonly index: number; readonly dtype: DType }
  | { readonly kind: 'constant'; readonly value: number | bigint | boolean; readonly dtype: DType }
  | { readonly kind: 'cast'; readonly of: NodeId; readonly dtype: DType }
  | { readonly kind: 'apply'; readonly operation: Operation; readonly args: readonly NodeId[]; readonly dtype: DType }

/**
 * What is to be computed of each element of some arrays, as plain data: values (`maps`), or reductions of values over
 * some axes. Made by a `ProgramBuilder`.
 */
export interface Program {
  readonly nodes: readonly ProgramNode[]
  readonly inputs: readonly DType[]
  readonly scalars: readonly DType[]
  /** the nodes that are written to the outputs; empty if there are reductions */
  readonly maps: readonly NodeId[]
  readonly reductions: readonly { readonly reduction: Reduction; readonly node: NodeId }[]
}

/**
 * Builds a program. Equal nodes are one node.
 *
 * @example
 * const p = new ProgramBuilder()
 * const a = p.input('float64')
 * p.map(p.apply('multiply', a, p.constant(2, 'float64')))
 * const program = p.build()
 */
export class ProgramBuilder {
  readonly #nodes: ProgramNode[] = []
  readonly #known = new Map<string, NodeId>()
  readonly #inputs: DType[] = []
  readonly #scalars: DType[] = []
  readonly #maps: NodeId[] = []
  readonly #reductions: { reduction: Reduction; node: NodeId }[] = []

  /** The next input: one array of this type. */
  input(dtype: DType): NodeId {
    return this.#node({ kind: 'input', index: this.#inputs.push(dtype) - 1, dtype })
  }

  /** The next scalar: one number of this type, given when the program runs. */
  scalar(dtype: DType): NodeId {
    if (isComplex(dtype)) throw new ArgumentError(`a scalar of ${dtype}: give its parts as two scalars, or a constant array`)
    return this.#node({ kind: 'scalar', index: this.#scalars.push(dtype) - 1, dtype })
  }

  constant(value: number | bigint | boolean, dtype: DType): NodeId {
    if (isInteger(dtype)) {
      const [least, greatest] = integerRange(dtype as 'int64')
      if (typeof value !== 'bigint' && !Number.isInteger(Number(value)))
        throw new ArgumentError(`${describe(value)} is no integer`)
      const whole = BigInt(value)
      if (whole < least || whole > greatest) throw new ArgumentError(`${describe(value)} is not a number of ${dtype}`)
      return this.#node({ kind: 'constant', value: whole, dtype })
    }
    return this.#node({ kind: 'constant', value: kindOf(dtype) === 'bool' ? Boolean(value) : Number(value), dtype })
  }

  cast(node: NodeId, dtype: DType): NodeId {
    return this.dtype(node) === dtype ? node : this.#node({ kind: 'cast', of: node, dtype })
  }

  /**
   * An operation on values of one type (`where`: a bool, then two values of one type).
   *
   * @throws ArgumentError when it is not defined for them
   */
  apply(operation: Operation, ...args: readonly NodeId[]): NodeId {
    const { operands, kinds, result } = operations[operation]
    const types = args.map((a) => this.dtype(a))
    const values = operation === 'where' ? types.slice(1) : types
    const dtype = values[0]!
    if (args.length !== operands) throw new ArgumentError(`${operation} takes ${operands} operands: ${args.length} were given`)
    if (operation === 'where' && types[0] !== 'bool')
      throw new ArgumentError(`the condition of where is ${types[0]}: convert it to bool`)
    if (values.some((t) => t !== dtype))
      throw new ArgumentError(`${operation} of ${types.join(', ')}: convert them to one type first`)
    if (!(kinds as readonly string[]).includes(kindOf(dtype))) throw new ArgumentError(`${operation} is not defined for ${dtype}`)
    return this.#node({
      kind: 'apply',
      operation,
      args,
      dtype: result === 'same' ? dtype : result === 'bool' ? 'bool' : partOf(dtype),
    })
  }

  /** The value goes to the next output. */
  map(node: NodeId): void {
    this.dtype(node)
    this.#maps.push(node)
  }

  /** The value is reduced. Its state, and what makes a result of it: `reductionStates`, `finishProgram`. */
  reduce(reduction: Reduction, node: NodeId): void {
    this.dtype(node)
    this.#reductions.push({ reduction, node })
  }

  dtype(node: NodeId): DType {
    const found = this.#nodes[node]
    if (!found) throw new InvariantError(`a program has no node ${node}: it has ${this.#nodes.length}`)
    return found.dtype
  }

  /** @throws ArgumentError when it computes nothing, or both values and reductions */
  build(): Program {
    if (this.#maps.length === 0 && this.#reductions.length === 0)
      throw new ArgumentError('a program without a result: call map or reduce')
    if (this.#maps.length > 0 && this.#reductions.length > 0)
      throw new ArgumentError('a program either maps or reduces: make two of it')
    return { nodes: this.#nodes, inputs: this.#inputs, scalars: this.#scalars, maps: this.#maps, reductions: this.#reductions }
  }

  #node(node: ProgramNode): NodeId {
    const key = nodeKey(node)
    let id = this.#known.get(key)
    if (id === undefined) {
      id = this.#nodes.push(node) - 1
      this.#known.set(key, id)
    }
    return id
  }
}

function partOf(dtype: DType): DType {
  return dtype === 'complex64' ? 'float32' : dtype === 'complex128' ? 'float64' : dtype
}

function nodeKey(node: ProgramNode): string {
  switch (node.kind) {
    case 'input':
    case 'scalar':
      return `${node.kind[0]}${node.index}:${node.dtype}`
    case 'constant':
      return `${Object.is(node.value, -0) ? '-0' : String(node.value)}:${node.dtype}`
    case 'cast':
      return `cast(${node.of}):${node.dtype}`
    case 'apply':
      return `${node.operation}(${node.args.join()}):${node.dtype}`
  }
}

/** A text that is equal for equal programs, and for them only. */
export function programKey(program: Program): string {
  const nodes = program.nodes.map(nodeKey).join(';')
  const reductions = program.reductions.map(({ reduction, node }) => `${reduction}(${node})`).join()
  return `${nodes}|${program.inputs.join()}|${program.scalars.join()}|${program.maps.join()}|${reductions}`
}
