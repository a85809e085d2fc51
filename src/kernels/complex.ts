import { type DType, type RealDType, isComplex, itemSize } from './dtype.js'
import type { Block } from './layout.js'
import type { Operation } from './operation.js'
import { type NodeId, type Program, ProgramBuilder, type ProgramNode } from './program.js'

/** The real and the imaginary part of a value. */
type Parts = readonly [real: NodeId, imaginary: NodeId]

const partType = (dtype: DType): RealDType =>
  dtype === 'complex64' ? 'float32' : dtype === 'complex128' ? 'float64' : (dtype as RealDType)

const lowered = new WeakMap<Program, Program>()

/**
 * The same program on real numbers: every complex input, output and sum is two, its real part and its imaginary part.
 * Programs without complex numbers stay as they are.
 */
export function realProgram(program: Program): Program {
  let result = lowered.get(program)
  if (!result) lowered.set(program, (result = program.nodes.some((n) => isComplex(n.dtype)) ? lower(program) : program))
  return result
}

/** Arrays of complex numbers as two arrays each: every other number is the real part of one. */
export function realBlocks(blocks: readonly Block[]): readonly Block[] {
  if (!blocks.some((b) => isComplex(b.dtype))) return blocks
  return blocks.flatMap((b) => {
    if (!isComplex(b.dtype)) return [b]
    const part = { ...b, dtype: partType(b.dtype) }
    return [part, { ...part, address: b.address + itemSize(part.dtype) }]
  })
}

function lower(program: Program): Program {
  const p = new ProgramBuilder()
  const parts: Parts[] = []
  // Inputs and scalars are numbered in their order, not in that in which nodes use them.
  const inputs = program.inputs.map((d): Parts => {
    const real = p.input(partType(d))
    return isComplex(d) ? [real, p.input(partType(d))] : [real, real]
  })
  const scalars = program.scalars.map((d): Parts => [p.scalar(d), 0])
  for (const node of program.nodes) parts.push(partsOf(p, program, node, parts, inputs, scalars))
  for (const node of program.maps) {
    p.map(parts[node]![0])
    if (isComplex(program.nodes[node]!.dtype)) p.map(parts[node]![1])
  }
  for (const { reduction, node } of program.reductions) {
    p.reduce(reduction, parts[node]![0])
    if (isComplex(program.nodes[node]!.dtype)) p.reduce(reduction, parts[node]![1])
  }
  return p.build()
}

function partsOf(
  p: ProgramBuilder,
  program: Program,
  node: ProgramNode,
  parts: readonly Parts[],
  inputs: readonly Parts[],
  scalars: readonly Parts[],
): Parts {
  const only = (id: NodeId): Parts => [id, id]
  switch (node.kind) {
    case 'input':
      return inputs[node.index]!
    case 'scalar':
      return scalars[node.index]!
    case 'constant':
      if (!isComplex(node.dtype)) return only(p.constant(node.value, node.dtype))
      return [p.constant(Number(node.value), partType(node.dtype)), p.constant(0, partType(node.dtype))]
    case 'cast': {
      const [real, imaginary] = parts[node.of]!
      const from = program.nodes[node.of]!.dtype
      if (!isComplex(from))
        return [p.cast(real, partType(node.dtype)), isComplex(node.dtype) ? p.constant(0, partType(node.dtype)) : 0]
      if (node.dtype === 'bool') return only(p.apply('logicalOr', p.cast(real, 'bool'), p.cast(imaginary, 'bool')))
      return [p.cast(real, partType(node.dtype)), isComplex(node.dtype) ? p.cast(imaginary, partType(node.dtype)) : 0]
    }
    case 'apply': {
      const args = node.args.map((a) => parts[a]!)
      const types = node.args.map((a) => program.nodes[a]!.dtype)
      if (node.operation === 'where' && isComplex(node.dtype)) {
        const [c, a, b] = args as [Parts, Parts, Parts]
        return [p.apply('where', c[0], a[0], b[0]), p.apply('where', c[0], a[1], b[1])]
      }
      if (!types.some(isComplex)) return only(p.apply(node.operation, ...args.map((a) => a[0])))
      return new ComplexWriter(p, partType(types[0]!)).apply(node.operation, args)
    }
  }
}

/** Complex arithmetic in terms of real. */
class ComplexWriter {
  readonly #p: ProgramBuilder
  readonly #type: RealDType

  constructor(p: ProgramBuilder, type: RealDType) {
    this.#p = p
    this.#type = type
  }

  #of(value: number): NodeId {
    return this.#p.constant(value, this.#type)
  }
  #add(a: NodeId, b: NodeId): NodeId {
    return this.#p.apply('add', a, b)
  }
  #sub(a: NodeId, b: NodeId): NodeId {
    return this.#p.apply('subtract', a, b)
  }
  #mul(a: NodeId, b: NodeId): NodeId {
    return this.#p.apply('multiply', a, b)
  }
  #div(a: NodeId, b: NodeId): NodeId {
    return this.#p.apply('divide', a, b)
  }
  #abs(a: NodeId): NodeId {
    return this.#p.apply('absolute', a)
  }
  #size([r, i]: Parts): NodeId {
    return this.#p.apply('hypot', r, i)
  }

  apply(operation: Operation, args: readonly Parts[]): Parts {
    const p = this.#p
    const [a, b] = args as [Parts, Parts]
    const each = (name: Operation): Parts => [p.apply(name, a[0]), p.apply(name, a[1])]
    const both = (name: Operation): Parts => [p.apply(name, a[0], b[0]), p.apply(name, a[1], b[1])]
    const join = (name: 'logicalAnd' | 'logicalOr', [x, y]: Parts): Parts => [p.apply(name, x, y), 0]
    switch (operation) {
      case 'add':
      case 'subtract':
        return both(operation)
      case 'negative':
        return each('negative')
      case 'conjugate':
        return [a[0], p.apply('negative', a[1])]
      case 'real':
        return [a[0], 0]
      case 'imag':
        return [a[1], 0]
      case 'absolute':
        return [this.#size(a), 0]
      case 'angle':
        return [p.apply('arctan2', a[1], a[0]), 0]
      case 'equal':
        return join('logicalAnd', both('equal'))
      case 'notEqual':
        return join('logicalOr', both('notEqual'))
      case 'isnan':
      case 'isinf':
        return join('logicalOr', each(operation))
      case 'isfinite':
        return join('logicalAnd', each('isfinite'))
      case 'square':
        return this.#multiply(a, a)
      case 'multiply':
        return this.#multiply(a, b)
      case 'divide':
        return this.#divide(a, b)
      case 'reciprocal':
        return this.#reciprocal(a)
      case 'sign':
        return this.#sign(a)
      case 'power':
        return this.#power(a, b)
      case 'log':
        return this.#log(a)
      case 'sqrt':
        return this.#sqrt(a)
      default:
        return this.#wave(operation, a)
    }
  }

  #multiply([ar, ai]: Parts, [br, bi]: Parts): Parts {
    return [this.#sub(this.#mul(ar, br), this.#mul(ai, bi)), this.#add(this.#mul(ar, bi), this.#mul(ai, br))]
  }

  /** By Smith (1962), as NumPy: no overflow where the result is none. */
  #divide([ar, ai]: Parts, [br, bi]: Parts): Parts {
    const p = this.#p
    const wide = p.apply('greaterEqual', this.#abs(br), this.#abs(bi))
    const [large, small] = [p.apply('where', wide, br, bi), p.apply('where', wide, bi, br)]
    const zero = p.apply('logicalAnd', p.apply('equal', br, this.#of(0)), p.apply('equal', bi, this.#of(0)))
    const ratio = this.#div(small, large)
    const scale = this.#div(this.#of(1), this.#add(large, this.#mul(small, ratio)))
    const [x, y] = [p.apply('where', wide, ar, ai), p.apply('where', wide, ai, ar)]
    const real = this.#mul(this.#add(x, this.#mul(y, ratio)), scale)
    const crossed = this.#sub(
      this.#mul(ai, p.apply('where', wide, this.#of(1), ratio)),
      this.#mul(ar, p.apply('where', wide, ratio, this.#of(1))),
    )
    const by = this.#abs(br)
    return [p.apply('where', zero, this.#div(ar, by), real), p.apply('where', zero, this.#div(ai, by), this.#mul(crossed, scale))]
  }

  /** By Smith too, but of 0 it is NaN, not infinite: as NumPy. */
  #reciprocal([re, im]: Parts): Parts {
    const p = this.#p
    const wide = p.apply('greaterEqual', this.#abs(re), this.#abs(im))
    const [large, small] = [p.apply('where', wide, re, im), p.apply('where', wide, im, re)]
    const ratio = this.#div(small, large)
    const divisor = this.#add(large, this.#mul(small, ratio))
    const part = (yes: NodeId, no: NodeId): NodeId => this.#div(p.apply('where', wide, yes, no), divisor)
    return [part(this.#of(1), ratio), part(p.apply('negative', ratio), this.#of(-1))]
  }

  #sign(a: Parts): Parts {
    const p = this.#p
    const size = this.#size(a)
    const zero = p.apply('equal', size, this.#of(0))
    return a.map((part) => p.apply('where', zero, this.#of(0), this.#div(part, size))) as unknown as Parts
  }

  #log(a: Parts): Parts {
    return [this.#p.apply('log', this.#size(a)), this.#p.apply('arctan2', a[1], a[0])]
  }

  /** √: the part that does not cancel is computed, the other follows from it. */
  #sqrt([r, i]: Parts): Parts {
    const p = this.#p
    const t = p.apply('sqrt', this.#mul(this.#of(0.5), this.#add(this.#abs(r), this.#size([r, i]))))
    const zero = p.apply('equal', t, this.#of(0))
    const other = this.#div(this.#abs(i), p.apply('where', zero, this.#of(1), this.#add(t, t)))
    const right = p.apply('greaterEqual', r, this.#of(0))
    return [p.apply('where', right, t, other), p.apply('copysign', p.apply('where', right, other, t), i)]
  }

  #power(a: Parts, b: Parts): Parts {
    const p = this.#p
    if (this.#type === 'float32') {
      // The exponential makes errors of its argument larger: single precision would lose digits.
      const [x, y] = [a, b].map(([r, i]): Parts => [p.cast(r, 'float64'), p.cast(i, 'float64')]) as [Parts, Parts]
      const [r, i] = new ComplexWriter(p, 'float64').#power(x, y)
      return [p.cast(r, 'float32'), p.cast(i, 'float32')]
    }
    const [r, i] = this.#wave('exp', this.#multiply(b, this.#log(a)))
    const isZero = ([x, y]: Parts): NodeId =>
      p.apply('logicalAnd', p.apply('equal', x, this.#of(0)), p.apply('equal', y, this.#of(0)))
    const [none, one] = [isZero(a), isZero(b)]
    const ofZero = p.apply('where', p.apply('greater', b[0], this.#of(0)), this.#of(0), this.#of(NaN))
    const choose = (value: NodeId, ofOne: number): NodeId =>
      p.apply('where', one, this.#of(ofOne), p.apply('where', none, ofZero, value))
    return [choose(r, 1), choose(i, 0)]
  }

  /** Products of waves and exponentials. */
  #wave(operation: Operation, [r, i]: Parts): Parts {
    const p = this.#p
    const of = (name: Operation, x: NodeId): NodeId => p.apply(name, x)
    const product = (x: Operation, y: Operation): NodeId => this.#mul(of(x, r), of(y, i))
    switch (operation) {
      case 'exp':
        return [product('exp', 'cos'), product('exp', 'sin')]
      case 'sinh':
        return [product('sinh', 'cos'), product('cosh', 'sin')]
      case 'cosh':
        return [product('cosh', 'cos'), product('sinh', 'sin')]
      case 'sin':
        return [product('sin', 'cosh'), product('cos', 'sinh')]
      default:
        // cos
        return [product('cos', 'cosh'), p.apply('negative', product('sin', 'sinh'))]
    }
  }
}
