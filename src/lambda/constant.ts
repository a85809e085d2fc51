import type { Tree } from './tree.js'

/*
 * Parts of a function that no row has a say in are computed once, by JavaScript itself: only what is free of side effects and
 * gives the same every time.
 */

type Unary = (x: never) => unknown
type Binary = (a: never, b: never) => unknown

const unary: Readonly<Record<string, Unary | undefined>> = {
  '!': (x) => !x,
  '-': (x: number) => -x,
  '+': (x: number) => +x,
  '~': (x: number) => ~x,
  typeof: (x) => typeof x,
  void: () => undefined,
}

const binary: Readonly<Record<string, Binary | undefined>> = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '%': (a: number, b: number) => a % b,
  '**': (a: number, b: number) => a ** b,
  '|': (a: number, b: number) => a | b,
  '&': (a: number, b: number) => a & b,
  '^': (a: number, b: number) => a ^ b,
  '<<': (a: number, b: number) => a << b,
  '>>': (a: number, b: number) => a >> b,
  '>>>': (a: number, b: number) => a >>> b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '===': (a, b) => a === b,
  '!==': (a, b) => a !== b,
  // eslint-disable-next-line eqeqeq -- what the program says
  '==': (a, b) => a == b,
  // eslint-disable-next-line eqeqeq -- what the program says
  '!=': (a, b) => a != b,
}

/** Methods of plain values that change nothing. Those that depend on the host's language or time zone do too, but here it is known. */
const pure = new Set(
  `at charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf normalize padEnd padStart repeat replace replaceAll
  slice split startsWith substring substr toLowerCase toUpperCase trim trimEnd trimStart toString valueOf toFixed toPrecision toExponential
  join getTime getFullYear getMonth getDate getDay getHours getMinutes getSeconds getMilliseconds getUTCFullYear getUTCMonth getUTCDate
  getUTCDay getUTCHours getUTCMinutes getUTCSeconds getUTCMilliseconds toISOString test has get`.split(/\s+/),
)

const plain = (value: unknown): boolean =>
  (typeof value !== 'object' && typeof value !== 'function') ||
  value === null ||
  value instanceof Date ||
  (value instanceof RegExp && !value.global && !value.sticky) ||
  value instanceof Map ||
  value instanceof Set ||
  Array.isArray(value)

/** The tree, or the literal that it comes to. Throws what JavaScript throws when it computes that. */
export function folded(tree: Tree): Tree {
  const value = valueOf(tree)
  return value === undefined ? tree : { op: 'literal', value: value.of }
}

function valueOf(tree: Tree): { of: unknown } | undefined {
  switch (tree.op) {
    case 'unary': {
      const run = unary[tree.operator]
      return run && tree.of.op === 'literal' ? { of: run(tree.of.value as never) } : undefined
    }
    case 'binary': {
      const run = binary[tree.operator]
      if (!run || tree.left.op !== 'literal' || tree.right.op !== 'literal') return undefined
      return { of: run(tree.left.value as never, tree.right.value as never) }
    }
    case 'template':
      if (!tree.parts.every(isLiteral)) return undefined
      return { of: tree.parts.map((part) => `${String((part as { value: unknown }).value)}`).join('') }
    case 'list':
      return tree.items.every(isLiteral) ? { of: tree.items.map((item) => (item as { value: unknown }).value) } : undefined
    case 'method': {
      if (tree.of.op !== 'literal' || !pure.has(tree.name) || !plain(tree.of.value) || !tree.args.every(isLiteral))
        return undefined
      const target = tree.of.value as Record<string, unknown> | null | undefined
      if (target === null || target === undefined) return tree.optional ? { of: undefined } : undefined
      const method = target[tree.name]
      const args = tree.args.map((arg) => (arg as { value: unknown }).value)
      return typeof method === 'function' && args.every(plain) ? { of: method.apply(target, args) as unknown } : undefined
    }
    case 'call': {
      if (
        !/^(Math|Number|Object|Array)\.|^(Number|String|Boolean|BigInt|parseInt|parseFloat|isNaN|isFinite|Date)$/.test(tree.name)
      )
        return undefined
      if (tree.name === 'Math.random' || !tree.args.every(isLiteral)) return undefined
      const args = tree.args.map((arg) => (arg as { value: unknown }).value)
      if (!args.every(plain)) return undefined
      if (tree.name === 'Date') return args.length === 0 ? undefined : { of: new Date(...(args as [string])) }
      const fn = tree.name.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], globalThis)
      return { of: (fn as (...args: unknown[]) => unknown)(...args) }
    }
    default:
      return undefined
  }
}

function isLiteral(tree: Tree): boolean {
  return tree.op === 'literal'
}
