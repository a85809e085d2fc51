import { createRequire } from 'node:module'
import type { Options } from 'acorn'

/** A node of the syntax tree (ESTree), read by its `type`. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

type Acorn = { parse(source: string, options: Options): unknown }
let acorn: Acorn | undefined

/** Parses a whole script: the function body of CommonJS (return and await allowed outside of functions) or a module. */
export function parseProgram(source: string, module: boolean): SyntaxNode {
  // Loaded at the first capture: most programs that import Heddle send no closure at once.
  acorn ??= createRequire(import.meta.url)('acorn') as Acorn
  return acorn.parse(source, {
    ecmaVersion: 'latest',
    sourceType: module ? 'module' : 'script',
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    allowSuperOutsideMethod: true,
    allowHashBang: true,
    // The text of a method may use a private name of a class that is not in the text.
    ...({ checkPrivateFields: false } as object),
  }) as SyntaxNode
}

export interface ParsedFunction {
  /** the function or class; its positions count from `offset` */
  readonly node: SyntaxNode
  /** for methods: the property that they are the value of */
  readonly property: SyntaxNode | undefined
  /** where the text begins in the parsed source */
  readonly offset: number
}

// An arrow function may use new.target, which is allowed in functions only.
const before = '(function(){('
const after = ')})'

/** Parses what Function.prototype.toString gives. */
export function parseFunction(text: string): ParsedFunction {
  let failure: unknown
  // import.meta is allowed in modules only, octal literals and `with` in scripts only.
  for (const module of [false, true]) {
    try {
      const around = expression(`${before}${text}${after}`, module)
      const [statement] = (around['body'] as SyntaxNode)['body'] as SyntaxNode[]
      return { node: statement!['expression'] as SyntaxNode, property: undefined, offset: before.length }
    } catch (error) {
      failure = error
    }
    try {
      const object = expression(`({${text}})`, module)
      const property = (object['properties'] as SyntaxNode[])[0]!
      return { node: property['value'] as SyntaxNode, property, offset: 2 }
    } catch {
      // The text is no method either: the first failure says more.
      continue
    }
  }
  throw failure
}

function expression(source: string, module: boolean): SyntaxNode {
  const [statement] = parseProgram(source, module)['body'] as SyntaxNode[]
  return statement!['expression'] as SyntaxNode
}

/** The nodes directly below a node. */
export function* children(node: SyntaxNode): Generator<SyntaxNode> {
  for (const key in node) {
    const value = node[key]
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield item
    } else if (isNode(value)) yield value
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}
