import { functionFacts } from './function-facts.js'
import type { AnyFunction } from './function-code.js'
import { originOf } from './function-origin.js'
import { Inspector } from './inspector.js'
import { parseFunction } from './parse.js'
import type { SyntaxNode } from './parse.js'

/** What a function says and what it captured: for those who make something else of it than a call. */
export interface FunctionSource {
  readonly node: SyntaxNode
  /** the function as it is written */
  readonly text: string
  /** positions of nodes count from here: `text.slice(node.start - offset, node.end - offset)` */
  readonly offset: number
  /** the variables around it that it uses, with their values of now; globals are not among them */
  readonly variables: ReadonlyMap<string, unknown>
  /** it uses `this`, `arguments`, `super` or `eval` of the code around it */
  readonly usesContext: boolean
}

/** @throws the parser's SyntaxError for native functions, Untransferable where the inspector is not available */
export function readFunction(fn: AnyFunction): FunctionSource {
  const text = Function.prototype.toString.call(fn)
  const { node, offset } = parseFunction(text)
  const { needs } = functionFacts(text)
  const usesContext = needs.usesThis || needs.usesArguments || needs.usesSuper || needs.usesNewTarget || needs.callsEval
  return { node, text, offset, variables: variablesOf(fn, [...needs.free.keys()]), usesContext }
}

function variablesOf(fn: AnyFunction, names: readonly string[]): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>()
  const origin = originOf(fn)
  if (origin !== undefined) {
    const known = origin.values()
    origin.code.variables.forEach((name, i) => values.set(name, known[i]))
    return values
  }
  if (names.length === 0) return values
  const inspector = new Inspector()
  try {
    const scopes = inspector.look(fn).scopes.filter((scope) => scope.description !== 'Global')
    for (const name of names) {
      const scope = scopes.find((s) => Object.hasOwn(s.object, name))
      if (scope !== undefined) values.set(name, scope.object[name])
    }
  } finally {
    inspector.close()
  }
  return values
}
