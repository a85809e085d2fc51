import { Untranslatable, treeOf, type Tree } from '../lambda/index.js'
import { type DType, type NodeId, type Operation, isComplex } from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { isWide } from './chunk.js'
import type { Assembly } from './program-parts.js'

/** A value of JavaScript in a program: numbers are float64. */
interface Value {
  readonly node: NodeId
  readonly kind: 'number' | 'boolean'
}

const unaryMath: Readonly<Record<string, Operation | undefined>> = {
  'Math.abs': 'absolute',
  'Math.sqrt': 'sqrt',
  'Math.cbrt': 'cbrt',
  'Math.exp': 'exp',
  'Math.expm1': 'expm1',
  'Math.log': 'log',
  'Math.log2': 'log2',
  'Math.log10': 'log10',
  'Math.log1p': 'log1p',
  'Math.sin': 'sin',
  'Math.cos': 'cos',
  'Math.tan': 'tan',
  'Math.asin': 'arcsin',
  'Math.acos': 'arccos',
  'Math.atan': 'arctan',
  'Math.sinh': 'sinh',
  'Math.cosh': 'cosh',
  'Math.tanh': 'tanh',
  'Math.asinh': 'arcsinh',
  'Math.acosh': 'arccosh',
  'Math.atanh': 'arctanh',
  'Math.floor': 'floor',
  'Math.ceil': 'ceil',
  'Math.trunc': 'trunc',
}

const arithmetic: Readonly<Record<string, Operation | undefined>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'fmod',
}

const comparisons: Readonly<Record<string, Operation | undefined>> = {
  '<': 'less',
  '<=': 'lessEqual',
  '>': 'greater',
  '>=': 'greaterEqual',
  '===': 'equal',
  '!==': 'notEqual',
}

/**
 * Writes what a function of JavaScript computes of elements as nodes of a program, so that it gives what JavaScript gives:
 * numbers are float64 whatever the arrays are of. Exponentials, angles and powers may differ in the last places.
 *
 * @throws Untranslatable with the reason
 */
export function lambdaNode(
  fn: (...items: never[]) => unknown,
  assembly: Assembly<ArrayExpression>,
  nodes: readonly NodeId[],
  types: readonly DType[],
): Value {
  const p = assembly.builder
  for (const dtype of types) {
    if (isWide(dtype)) throw new Untranslatable(`elements of ${dtype} are bigints`)
    if (isComplex(dtype)) throw new Untranslatable(`elements of ${dtype} are complex`)
  }
  const refuse = (what: string): never => {
    throw new Untranslatable(`there is no kernel for ${what}`)
  }
  const float = (value: number): NodeId => assembly.scalar(value, 'float64')
  const number = ({ node, kind }: Value): NodeId => (kind === 'number' ? node : p.cast(node, 'float64'))
  const truth = ({ node, kind }: Value): NodeId =>
    kind === 'boolean'
      ? node
      : p.apply('logicalAnd', p.apply('notEqual', node, p.constant(0, 'float64')), p.apply('logicalNot', p.apply('isnan', node)))
  const num = (node: NodeId): Value => ({ node, kind: 'number' })
  const bool = (node: NodeId): Value => ({ node, kind: 'boolean' })
  const choose = (test: NodeId, yes: Value, no: Value): Value => {
    if (yes.kind !== no.kind) return refuse('a choice between numbers and booleans')
    return { node: p.apply('where', test, yes.node, no.node), kind: yes.kind }
  }
  const known = new Map<Tree, Value>()
  const write = (tree: Tree): Value => {
    let value = known.get(tree)
    if (!value) known.set(tree, (value = raw(tree)))
    return value
  }
  const call = (name: string, args: readonly Tree[]): Value => {
    const operation = unaryMath[name]
    const x = (): NodeId => number(write(args[0]!))
    if (args.length === 0) return refuse(`${name} without arguments`)
    if (operation) return num(p.apply(operation, x()))
    switch (name) {
      case 'Math.min':
      case 'Math.max':
        return num(args.map((a) => number(write(a))).reduce((a, b) => p.apply(name === 'Math.min' ? 'minimum' : 'maximum', a, b)))
      case 'Math.atan2':
      case 'Math.hypot':
        if (args.length !== 2) return refuse(`${name} of ${args.length} arguments`)
        return num(p.apply(name === 'Math.atan2' ? 'arctan2' : 'hypot', x(), number(write(args[1]!))))
      case 'Math.pow':
        return power(x(), number(write(args[1] ?? { op: 'literal', value: undefined })))
      case 'Math.sign': {
        const v = x()
        const zero = p.apply('equal', v, p.constant(0, 'float64'))
        return num(p.apply('where', zero, v, p.apply('sign', v)))
      }
      case 'Math.fround':
        return num(p.cast(p.cast(x(), 'float32'), 'float64'))
      case 'Math.round': {
        // Halves go up, and what is rounded to 0 keeps its sign.
        const v = x()
        const low = p.apply('floor', v)
        const up = p.apply('greaterEqual', p.apply('subtract', v, low), p.constant(0.5, 'float64'))
        const rounded = p.apply('where', up, p.apply('add', low, p.constant(1, 'float64')), low)
        return num(p.apply('copysign', rounded, v))
      }
      case 'Number.isNaN':
      case 'isNaN':
        return bool(p.apply('isnan', x()))
      case 'Number.isFinite':
      case 'isFinite':
        return bool(p.apply('isfinite', x()))
      case 'Number.isInteger': {
        const v = x()
        return bool(p.apply('logicalAnd', p.apply('isfinite', v), p.apply('equal', p.apply('trunc', v), v)))
      }
      case 'Number':
        return num(x())
      case 'Boolean':
        return bool(truth(write(args[0]!)))
      default:
        return refuse(name)
    }
  }
  /** Where C has 1, JavaScript has NaN: of NaN as exponent, and of ±1 to an infinite one. */
  const power = (base: NodeId, exponent: NodeId): Value => {
    const one = p.apply('equal', p.apply('absolute', base), p.constant(1, 'float64'))
    const endless = p.apply('logicalAnd', one, p.apply('logicalNot', p.apply('isfinite', exponent)))
    const none = p.apply('logicalOr', endless, p.apply('isnan', exponent))
    return num(p.apply('where', none, p.constant(Number.NaN, 'float64'), p.apply('power', base, exponent)))
  }
  const raw = (tree: Tree): Value => {
    switch (tree.op) {
      case 'literal':
        if (typeof tree.value === 'number') return num(float(tree.value))
        if (typeof tree.value === 'boolean') return bool(p.constant(tree.value, 'bool'))
        return refuse(tree.value === undefined ? 'undefined' : `a captured ${typeof tree.value}`)
      case 'parameter': {
        const node = nodes[tree.index]
        if (node === undefined) return refuse(`parameter ${tree.index + 1}, for which no array was given`)
        return types[tree.index] === 'bool' ? bool(node) : num(p.cast(node, 'float64'))
      }
      case 'unary': {
        const of = write(tree.of)
        if (tree.operator === '-') return num(p.apply('negative', number(of)))
        if (tree.operator === '+') return num(number(of))
        if (tree.operator === '!') return bool(p.apply('logicalNot', truth(of)))
        return refuse(`the operator ${tree.operator}`)
      }
      case 'binary': {
        const [left, right] = [write(tree.left), write(tree.right)]
        const operation = arithmetic[tree.operator]
        if (operation) return num(p.apply(operation, number(left), number(right)))
        if (tree.operator === '**') return power(number(left), number(right))
        const comparison = comparisons[tree.operator]
        if (!comparison) return refuse(`the operator ${tree.operator}`)
        if ((tree.operator === '===' || tree.operator === '!==') && left.kind !== right.kind)
          return bool(p.constant(tree.operator === '!==', 'bool'))
        return bool(p.apply(comparison, number(left), number(right)))
      }
      case 'logical': {
        if (tree.operator === '??') return write(tree.left)
        const [left, right] = [write(tree.left), write(tree.right)]
        return tree.operator === '&&' ? choose(truth(left), right, left) : choose(truth(left), left, right)
      }
      case 'choose':
        return choose(truth(write(tree.test)), write(tree.yes), write(tree.no))
      case 'call':
        return call(tree.name, tree.args)
      default:
        return refuse(`what is no formula of numbers (${tree.op})`)
    }
  }
  return write(treeOf(fn))
}
