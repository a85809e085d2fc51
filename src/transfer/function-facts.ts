import { Lru } from './lru.js'
import { parseFunction } from './parse.js'
import type { ParsedFunction, SyntaxNode } from './parse.js'
import { analyse } from './scope-analysis.js'
import type { Needs } from './scope-analysis.js'

/** How the text of a function is written, which decides what must stand around it to make it again. */
export type Form = 'expression' | 'method' | 'get' | 'set' | 'class'

/** Everything that the text of a function says. Positions count from the start of the text. */
export interface FunctionFacts {
  readonly form: Form
  readonly needs: Needs
  /** where V8 says that the function is: its parameter list, or the constructor of a class */
  readonly place: number
  /** the brackets of a computed method name */
  readonly computedKey: { readonly start: number; readonly end: number } | undefined
  readonly arrow: boolean
  readonly class: ClassFacts | undefined
}

export interface ClassFacts {
  /** what stands after `extends`; `name` if it is a plain name */
  readonly heritage: { readonly start: number; readonly end: number; readonly name: string | undefined } | undefined
  /** names of private members that instances have */
  readonly privateNames: readonly string[]
  /** names of static fields, whose initialisers run again on arrival */
  readonly staticFields: ReadonlySet<string>
}

const cache = new Lru<string, FunctionFacts>(2000)

/** @throws the parser's SyntaxError */
export function functionFacts(text: string): FunctionFacts {
  let facts = cache.get(text)
  if (facts === undefined) cache.set(text, (facts = read(text, parseFunction(text))))
  return facts
}

/** What the text of a class says; undefined for a function that is used as a class. */
export function classFacts(fn: unknown): ClassFacts | undefined {
  const text = Function.prototype.toString.call(fn)
  return text.startsWith('class') ? functionFacts(text).class : undefined
}

function read(text: string, { node, property, offset }: ParsedFunction): FunctionFacts {
  if (node.type === 'ClassExpression') {
    const heritage = node['superClass'] as SyntaxNode | null
    // `extends null` says the same everywhere.
    const replaced = heritage !== null && !(heritage.type === 'Literal' && heritage['value'] === null) ? heritage : undefined
    return {
      form: 'class',
      needs: shifted(analyse(node, replaced), offset),
      place: (constructorOf(node) ?? node).start - offset,
      computedKey: undefined,
      arrow: false,
      class: {
        heritage: replaced && {
          start: replaced.start - offset,
          end: replaced.end - offset,
          name: replaced.type === 'Identifier' ? (replaced['name'] as string) : undefined,
        },
        ...members(node),
      },
    }
  }
  const key = property?.['computed'] === true ? (property['key'] as SyntaxNode) : undefined
  const kind = property?.['kind'] as Form | 'init' | undefined
  return {
    form: property === undefined ? 'expression' : kind === 'get' || kind === 'set' ? kind : 'method',
    needs: shifted(analyse(node), offset),
    place: placeOf(text, node, offset),
    computedKey: key && {
      start: text.lastIndexOf('[', key.start - offset),
      end: text.indexOf(']', key.end - offset) + 1,
    },
    arrow: node.type === 'ArrowFunctionExpression',
    class: undefined,
  }
}

function shifted(needs: Needs, offset: number): Needs {
  return { ...needs, importMeta: needs.importMeta.map((m) => ({ ...m, start: m.start - offset })) }
}

function placeOf(text: string, node: SyntaxNode, offset: number): number {
  if (node.type === 'ArrowFunctionExpression') {
    const [first] = node['params'] as SyntaxNode[]
    const from = node.start - offset
    const paren = text.indexOf('(', from)
    const param = first === undefined ? Infinity : first.start - offset
    return paren >= 0 && paren < param ? paren : param
  }
  const id = node['id'] as SyntaxNode | null | undefined
  const from = (id ? id.end : node.start) - offset
  return Math.max(0, text.indexOf('(', from))
}

function constructorOf(node: SyntaxNode): SyntaxNode | undefined {
  const found = bodyOf(node).find((m) => m.type === 'MethodDefinition' && m['kind'] === 'constructor')
  return found?.['value'] as SyntaxNode | undefined
}

function members(node: SyntaxNode): Pick<ClassFacts, 'privateNames' | 'staticFields'> {
  const privateNames = new Set<string>()
  const staticFields = new Set<string>()
  for (const m of bodyOf(node)) {
    const key = m['key'] as SyntaxNode | undefined
    // Private methods hold no state, but an instance that is not constructed here cannot call them either.
    if (key?.type === 'PrivateIdentifier' && m['static'] !== true) privateNames.add(key['name'] as string)
    if (m.type === 'PropertyDefinition' && m['static'] === true && m['computed'] !== true) {
      staticFields.add(String(key?.['name'] ?? key?.['value']))
    }
  }
  return { privateNames: [...privateNames], staticFields }
}

function bodyOf(node: SyntaxNode): readonly SyntaxNode[] {
  return (node['body'] as SyntaxNode)['body'] as SyntaxNode[]
}
