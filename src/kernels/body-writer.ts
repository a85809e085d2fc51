import { castLanes, resizeMask } from './casts.js'
import { type RealDType, type Width, isInteger, kindOf, widthOf } from './dtype.js'
import { floatOperation, floatVector } from './float-operations.js'
import type { FunctionWriter, Local } from './function-writer.js'
import { integerOperation, integerVector } from './integer-operations.js'
import { type Lanes, lanesOf, vectorsOf } from './lanes.js'
import type { Guarded } from './math-exp.js'
import { mathOperation } from './math-operations.js'
import { expOfSingles } from './math-single.js'
import { transcendental } from './operation.js'
import type { NodeId, Program, ProgramNode } from './program.js'
import { v128 } from './simd-opcodes.js'

/** Where the values of a block come from. Bools come as bytes, 0 or not. */
export interface BlockSource {
  input(index: number): Lanes
  scalar(index: number): Local
}

type Apply = Extract<ProgramNode, { kind: 'apply' }>

/**
 * Writes the code that computes the nodes of a program for a block of elements, each node once. Bools are masks, whose
 * lanes are as wide as those of what they were made of or are used for, so that most are never converted.
 */
export class BodyWriter {
  readonly #f: FunctionWriter
  readonly #program: Program
  readonly #block: number
  readonly #source: BlockSource
  readonly #values = new Map<NodeId, Lanes>()
  readonly #masks = new Map<string, Lanes>()
  readonly #widths = new Map<NodeId, Width>()

  constructor(f: FunctionWriter, program: Program, block: number, source: BlockSource) {
    this.#f = f
    this.#program = program
    this.#block = block
    this.#source = source
  }

  /** Writes what these nodes need, in the order of the list: to walk down from a result would end the stack of a long one. */
  writeAll(results: readonly NodeId[]): void {
    const needed = new Set(results)
    const { nodes } = this.#program
    for (let id = nodes.length - 1; id >= 0; id--) if (needed.has(id)) for (const arg of argsOf(nodes[id]!)) needed.add(arg)
    for (let id = 0; id < nodes.length; id++) {
      if (!needed.has(id)) continue
      if (this.#dtype(id) === 'bool') this.mask(id, this.#maskWidth(id))
      else this.value(id)
    }
  }

  /** The values of a node that is no bool. */
  value(id: NodeId): Lanes {
    let value = this.#values.get(id)
    if (value === undefined) this.#values.set(id, (value = this.#write(id)))
    return value
  }

  /** The values of a bool as bytes, 0 or 1. */
  bytes(id: NodeId): Lanes {
    const one = this.#f.constant(integerVector('uint8', 1n))
    return this.mask(id, 1).map((m) => this.#f.simd(v128.and, [m, one]))
  }

  /** The values of a bool as a mask for lanes of this width. */
  mask(id: NodeId, width: Width): Lanes {
    const key = `${id}/${width}`
    let mask = this.#masks.get(key)
    if (mask === undefined) {
      const natural = this.#maskWidth(id)
      mask =
        natural === width ? this.#writeMask(id, width) : resizeMask(this.#f, this.#block, natural, width, this.mask(id, natural))
      this.#masks.set(key, mask)
    }
    return mask
  }

  /** The width of the mask that a bool is made as. */
  #maskWidth(id: NodeId): Width {
    let width = this.#widths.get(id)
    if (width === undefined) this.#widths.set(id, (width = this.#findWidth(id)))
    return width
  }

  #findWidth(id: NodeId): Width {
    const node = this.#program.nodes[id]!
    if (node.kind === 'cast') return node.dtype === 'bool' && this.#dtype(node.of) !== 'bool' ? widthOf(this.#dtype(node.of)) : 1
    if (node.kind !== 'apply') return 1
    const first = node.args[0]!
    return this.#dtype(first) === 'bool' ? this.#maskWidth(first) : widthOf(this.#dtype(first))
  }

  #dtype(id: NodeId): RealDType {
    return this.#program.nodes[id]!.dtype as RealDType
  }

  #constant(dtype: RealDType, value: number | bigint | boolean): Local {
    const bytes = typeof value === 'number' ? floatVector(dtype, value) : integerVector(dtype, BigInt(value))
    return this.#f.constant(bytes)
  }

  #spread(dtype: RealDType, vector: Local): Lanes {
    return new Array<Local>(vectorsOf(this.#block, widthOf(dtype))).fill(vector)
  }

  #write(id: NodeId): Lanes {
    const node = this.#program.nodes[id]!
    const dtype = node.dtype as RealDType
    switch (node.kind) {
      case 'input':
        return this.#source.input(node.index)
      case 'scalar':
        return this.#spread(dtype, this.#source.scalar(node.index))
      case 'constant':
        return this.#spread(dtype, this.#constant(dtype, node.value))
      case 'cast':
        if (this.#dtype(node.of) === 'bool') return this.#maskAsNumber(node.of, dtype)
        return castLanes(this.#f, this.#dtype(node.of), dtype, this.#block, this.value(node.of))
      case 'apply':
        return this.#apply(node, dtype)
    }
  }

  #maskAsNumber(id: NodeId, dtype: RealDType): Lanes {
    const one = this.#constant(dtype, isInteger(dtype) ? 1n : 1)
    return this.mask(id, widthOf(dtype)).map((m) => this.#f.simd(v128.and, [m, one]))
  }

  #apply(node: Apply, dtype: RealDType): Lanes {
    if (node.operation === 'where') {
      const [condition, yes, no] = node.args as [NodeId, NodeId, NodeId]
      const [c, a, b] = [this.mask(condition, widthOf(dtype)), this.value(yes), this.value(no)]
      return c.map((mask, i) => this.#f.simd(v128.bitselect, [a[i]!, b[i]!, mask]))
    }
    return this.#operate(node, dtype)
  }

  #operate(node: Apply, dtype: RealDType): Lanes {
    const f = this.#f
    const args = node.args.map((a) => this.value(a))
    const each = (lanes: readonly Lanes[], write: (args: readonly Local[]) => Local): Lanes =>
      lanes[0]!.map((_, i) => write(lanes.map((l) => l[i]!)))
    const count = lanesOf(this.#block, widthOf(dtype))
    if (isInteger(dtype)) return each(args, (vectors) => integerOperation(f, node.operation, dtype, count, vectors))
    if (!transcendental.has(node.operation)) return each(args, (vectors) => floatOperation(f, node.operation, dtype, vectors))
    // Single precision is computed in double: correct to the last bit nearly always, at half the speed.
    const inDouble = (): Lanes => {
      const wide = args.map((a) => castLanes(f, dtype, 'float64', this.#block, a))
      const lanes = lanesOf(this.#block, 8)
      const result = each(wide, (vectors) => mathOperation(f, node.operation, lanes, vectors, dtype === 'float32'))
      return castLanes(f, 'float64', dtype, this.#block, result)
    }
    if (dtype === 'float32' && node.operation === 'exp') return this.#inSingle(args[0]!, expOfSingles, inDouble)
    return inDouble()
  }

  /** The fast way, and the other for the lanes for which there is none. */
  #inSingle(x: Lanes, fast: (f: FunctionWriter, x: Local) => Guarded, otherwise: () => Lanes): Lanes {
    const f = this.#f
    const written = x.map((vector) => fast(f, vector))
    const results = written.map(({ value }) => f.copy('v128', value))
    const valid = written.map((w) => w.valid).reduce((a, b) => f.simd(v128.and, [a, b]))
    f.if(f.simdTo('i32', v128.any_true, [f.simd(v128.not, [valid])]), () => {
      for (const [i, slow] of otherwise().entries())
        f.assign(results[i]!, f.simd(v128.bitselect, [results[i]!, slow, written[i]!.valid]))
    })
    return results
  }

  #writeMask(id: NodeId, width: Width): Lanes {
    const f = this.#f
    const node = this.#program.nodes[id]!
    const ones = f.constant(new Uint8Array(16).fill(255))
    const isSet = (bytes: Lanes): Lanes =>
      bytes.map((b) => integerOperation(f, 'notEqual', 'uint8', 16, [b, f.constant(new Uint8Array(16))]))
    switch (node.kind) {
      case 'input':
        return isSet(this.#source.input(node.index))
      case 'scalar':
        return isSet(this.#spread('bool', this.#source.scalar(node.index)))
      case 'constant':
        return this.#spread('bool', node.value ? ones : f.constant(new Uint8Array(16)))
      case 'cast':
        if (this.#dtype(node.of) === 'bool') return this.mask(node.of, width)
        return this.#compare({ ...node, kind: 'apply', operation: 'notEqual', args: [node.of] })
      case 'apply':
        return this.#dtype(node.args[0]!) === 'bool' ? this.#logic(node, width, ones) : this.#compare(node)
    }
  }

  /** Compares numbers; with a single operand, with 0. */
  #compare(node: Apply): Lanes {
    const f = this.#f
    const dtype = this.#dtype(node.args[0]!)
    const args = node.args.map((a) => this.value(a))
    if (node.operation === 'notEqual' && args.length === 1) args.push(this.#spread(dtype, f.constant(new Uint8Array(16))))
    return args[0]!.map((_, i) => {
      const vectors = args.map((a) => a[i]!)
      if (kindOf(dtype) === 'float') return floatOperation(f, node.operation, dtype, vectors)
      return integerOperation(f, node.operation, dtype, lanesOf(this.#block, widthOf(dtype)), vectors)
    })
  }

  #logic(node: Apply, width: Width, ones: Local): Lanes {
    const f = this.#f
    const [a, b, c] = node.args.map((arg) => this.mask(arg, width)) as [Lanes, Lanes, Lanes]
    switch (node.operation) {
      case 'logicalNot':
        return a.map((m) => f.simd(v128.xor, [m, ones]))
      case 'logicalAnd':
        return a.map((m, i) => f.simd(v128.and, [m, b[i]!]))
      case 'logicalOr':
        return a.map((m, i) => f.simd(v128.or, [m, b[i]!]))
      case 'where':
        return a.map((m, i) => f.simd(v128.bitselect, [b[i]!, c[i]!, m]))
      default:
        return a.map((m, i) => f.simd(v128.xor, [m, b[i]!]))
    }
  }
}

function argsOf(node: ProgramNode): readonly NodeId[] {
  return node.kind === 'apply' ? node.args : node.kind === 'cast' ? [node.of] : []
}
