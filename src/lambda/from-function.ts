import { HeddleError, asError } from '../base/index.js'
import { type FunctionSource, type SyntaxNode, functionLocation, readFunction } from '../transfer/index.js'
import { folded } from './constant.js'
import { LambdaError, Untranslatable } from './errors.js'
import { markOf } from './marked.js'
import type { Tree } from './tree.js'

type AnyFunction = (...args: never[]) => unknown

/** How deep functions of the program may call one another before it is no more a formula. */
const deepest = 16

/**
 * What a function computes, as a tree. Functions of the program that it calls are written out.
 *
 * @throws LambdaError for side effects and promises: what must not stand there even when it runs as JavaScript
 * @throws Untranslatable for what the tree has no words for, loops say; the message says why
 */
export function treeOf(fn: AnyFunction): Tree {
  return new Reader(fn, sourceOf(fn), 0).read()
}

function sourceOf(fn: AnyFunction): FunctionSource {
  try {
    return readFunction(fn)
  } catch (error) {
    if (error instanceof HeddleError) throw new Untranslatable(error.message)
    throw new Untranslatable(`${fn.name || 'the function'} cannot be read: ${asError(error).message}`)
  }
}

/** Where a function stands, for messages: ' (at file:line:column)', or nothing. */
export function placeOf(fn: object): string {
  const place = functionLocation(fn)
  return place === undefined ? '' : ` (${place.file}:${place.line}:${place.column})`
}

class Reader {
  readonly #fn: AnyFunction
  readonly #source: FunctionSource
  readonly #depth: number
  #names = new Map<string, Tree>()

  constructor(fn: AnyFunction, source: FunctionSource, depth: number) {
    this.#fn = fn
    this.#source = source
    this.#depth = depth
  }

  read(args?: readonly Tree[]): Tree {
    const { node, usesContext } = this.#source
    if (node['async'] === true)
      throw new LambdaError(`${this.#where(node)} is asynchronous: a column holds values, not promises. Use a plain function.`)
    if (node['generator'] === true || node.type === 'ClassExpression')
      throw new Untranslatable(`${this.#where(node)} is no plain function`)
    if (usesContext) throw new Untranslatable(`${this.#where(node)} uses "this", "arguments" or eval`)
    const parameters = node['params'] as SyntaxNode[]
    parameters.forEach((parameter, index) => {
      const value: Tree = args === undefined ? { op: 'parameter', index } : (args[index] ?? { op: 'literal', value: undefined })
      this.#bind(parameter, value)
    })
    const body = node['body'] as SyntaxNode
    return body.type === 'BlockStatement' ? this.#block(body['body'] as SyntaxNode[]) : this.#tree(body)
  }

  #bind(pattern: SyntaxNode, value: Tree): void {
    switch (pattern.type) {
      case 'Identifier':
        this.#names.set(pattern['name'] as string, value)
        return
      case 'ObjectPattern':
        for (const property of pattern['properties'] as SyntaxNode[]) {
          if (property.type !== 'Property' || property['computed'] === true)
            throw this.#cannot(pattern, 'takes its parameter apart in a way')
          const name = nameOfKey(property['key'] as SyntaxNode)
          this.#bind(property['value'] as SyntaxNode, { op: 'field', of: value, name, optional: false })
        }
        return
      default:
        throw this.#cannot(pattern, 'has a parameter')
    }
  }

  /** Statements up to the one that returns. */
  #block(statements: readonly SyntaxNode[]): Tree {
    for (let i = 0; i < statements.length; i++) {
      const statement = statements[i]!
      switch (statement.type) {
        case 'ReturnStatement': {
          const value = statement['argument'] as SyntaxNode | null
          return value === null ? { op: 'literal', value: undefined } : this.#tree(value)
        }
        case 'VariableDeclaration':
          for (const { id, init } of statement['declarations'] as unknown as { id: SyntaxNode; init: SyntaxNode | null }[]) {
            if (init === null) throw this.#cannot(statement, 'has a variable without a value')
            this.#bind(id, this.#tree(init))
          }
          break
        case 'IfStatement': {
          const test = this.#tree(statement['test'] as SyntaxNode)
          const rest = statements.slice(i + 1)
          const before = this.#names
          const branch = (node: SyntaxNode | null): Tree => {
            this.#names = new Map(before)
            const own = node === null ? [] : node.type === 'BlockStatement' ? (node['body'] as SyntaxNode[]) : [node]
            return this.#block([...own, ...rest])
          }
          const yes = branch(statement['consequent'] as SyntaxNode)
          const no = branch(statement['alternate'] as SyntaxNode | null)
          return { op: 'choose', test, yes, no }
        }
        case 'BlockStatement':
          return this.#block([...(statement['body'] as SyntaxNode[]), ...statements.slice(i + 1)])
        case 'EmptyStatement':
          break
        case 'ExpressionStatement':
          // Finds the side effect, which is all that a statement of its own can be there for.
          this.#tree(statement['expression'] as SyntaxNode)
          break
        default:
          throw this.#cannot(statement, `has a ${statement.type}`)
      }
    }
    return { op: 'literal', value: undefined }
  }

  #tree(node: SyntaxNode): Tree {
    const tree = this.#raw(node)
    try {
      return folded(tree)
    } catch (error) {
      // What JavaScript throws for constants is to be thrown when a row is looked at, if ever.
      throw new Untranslatable(`${this.#where(node)} throws: ${asError(error).message}`)
    }
  }

  #raw(node: SyntaxNode): Tree {
    switch (node.type) {
      case 'Literal': {
        const regex = node['regex'] as { pattern: string; flags: string } | undefined
        return { op: 'literal', value: regex ? new RegExp(regex.pattern, regex.flags) : bigintOr(node) }
      }
      case 'Identifier':
        return this.#identifier(node)
      case 'ParenthesizedExpression':
      case 'ChainExpression':
        return this.#tree(node['expression'] as SyntaxNode)
      case 'SequenceExpression': {
        const all = node['expressions'] as SyntaxNode[]
        return all.map((e) => this.#tree(e)).at(-1)!
      }
      case 'TemplateLiteral': {
        const quasis = node['quasis'] as { value: { cooked: string } }[]
        const parts: Tree[] = []
        quasis.forEach((quasi, i) => {
          if (quasi.value.cooked !== '') parts.push({ op: 'literal', value: quasi.value.cooked })
          const expression = (node['expressions'] as SyntaxNode[])[i]
          if (expression) parts.push(this.#tree(expression))
        })
        return { op: 'template', parts }
      }
      case 'UnaryExpression':
        if (node['operator'] === 'delete') throw this.#sideEffect(node, 'deletes a property')
        return { op: 'unary', operator: node['operator'] as string, of: this.#tree(node['argument'] as SyntaxNode) }
      case 'BinaryExpression':
        return {
          op: 'binary',
          operator: node['operator'] as string,
          left: this.#tree(node['left'] as SyntaxNode),
          right: this.#tree(node['right'] as SyntaxNode),
        }
      case 'LogicalExpression':
        return this.#logical(node)
      case 'ConditionalExpression': {
        const test = this.#tree(node['test'] as SyntaxNode)
        const yes = this.#tree(node['consequent'] as SyntaxNode)
        const no = this.#tree(node['alternate'] as SyntaxNode)
        return test.op === 'literal' ? (test.value ? yes : no) : { op: 'choose', test, yes, no }
      }
      case 'MemberExpression':
        return this.#member(node)
      case 'CallExpression':
        return this.#call(node)
      case 'NewExpression':
        return this.#new(node)
      case 'ArrayExpression':
        return { op: 'list', items: (node['elements'] as (SyntaxNode | null)[]).map((e) => this.#element(node, e)) }
      case 'ObjectExpression':
        return {
          op: 'record',
          entries: (node['properties'] as SyntaxNode[]).map((property) => {
            if (property.type !== 'Property' || property['computed'] === true) throw this.#cannot(node, 'makes an object')
            return [nameOfKey(property['key'] as SyntaxNode), this.#tree(property['value'] as SyntaxNode)] as const
          }),
        }
      case 'AssignmentExpression':
        throw this.#sideEffect(node, 'assigns to a variable or a property')
      case 'UpdateExpression':
        throw this.#sideEffect(node, 'changes a variable or a property')
      case 'AwaitExpression':
        throw new LambdaError(`${this.#where(node)} awaits: a column holds values, not promises.`)
      default:
        throw this.#cannot(node, `has a ${node.type}`)
    }
  }

  #logical(node: SyntaxNode): Tree {
    const operator = node['operator'] as '&&' | '||' | '??'
    const left = this.#tree(node['left'] as SyntaxNode)
    if (left.op === 'literal') {
      const takesRight =
        operator === '&&' ? left.value : operator === '||' ? !left.value : left.value === null || left.value === undefined
      return takesRight ? this.#tree(node['right'] as SyntaxNode) : left
    }
    return { op: 'logical', operator, left, right: this.#tree(node['right'] as SyntaxNode) }
  }

  #identifier(node: SyntaxNode): Tree {
    const name = node['name'] as string
    const known = this.#names.get(name)
    if (known !== undefined) return known
    if (this.#source.variables.has(name)) return { op: 'literal', value: this.#source.variables.get(name) }
    if (name === 'undefined') return { op: 'literal', value: undefined }
    if (name === 'NaN') return { op: 'literal', value: NaN }
    if (name === 'Infinity') return { op: 'literal', value: Infinity }
    if (name in globalThis) return { op: 'literal', value: (globalThis as Record<string, unknown>)[name] }
    throw new LambdaError(`${this.#where(node)} does not exist here: "${name}" is neither a variable nor a parameter`)
  }

  #member(node: SyntaxNode): Tree {
    const property = node['property'] as SyntaxNode
    if (property.type === 'PrivateIdentifier') throw this.#cannot(node, 'uses a private member')
    const of = this.#tree(node['object'] as SyntaxNode)
    const optional = node['optional'] === true
    const index: Tree = node['computed'] === true ? this.#tree(property) : { op: 'literal', value: property['name'] }
    if (of.op === 'literal' && index.op === 'literal') {
      if (of.value !== null && of.value !== undefined)
        return { op: 'literal', value: (of.value as Record<string, unknown>)[index.value as string] }
      if (optional) return { op: 'literal', value: undefined }
    }
    if (index.op === 'literal' && typeof index.value === 'string') return { op: 'field', of, name: index.value, optional }
    return { op: 'item', of, index, optional }
  }

  #call(node: SyntaxNode): Tree {
    let callee = node['callee'] as SyntaxNode
    while (callee.type === 'ParenthesizedExpression') callee = callee['expression'] as SyntaxNode
    const args = () => (node['arguments'] as SyntaxNode[]).map((argument) => this.#element(node, argument))
    if (callee.type === 'MemberExpression') {
      const property = callee['property'] as SyntaxNode
      const of = this.#tree(callee['object'] as SyntaxNode)
      if (callee['computed'] !== true && property.type === 'Identifier') {
        const name = property['name'] as string
        if (of.op !== 'literal' || !isNamespace(of.value)) {
          this.#refuseChange(node, of, name)
          return { op: 'method', of, name, args: args(), optional: callee['optional'] === true || node['optional'] === true }
        }
        return this.#known(node, (of.value as Record<string, unknown>)[name], args())
      }
      throw this.#cannot(node, 'calls a method by a computed name')
    }
    const target = this.#tree(callee)
    if (target.op !== 'literal') throw this.#cannot(node, 'calls what a row holds')
    return this.#known(node, target.value, args())
  }

  /** A call of a function that is known now: by name, or written out. */
  #known(node: SyntaxNode, fn: unknown, args: readonly Tree[]): Tree {
    const name = markOf(fn) ?? globalName(fn)
    if (name !== undefined) {
      if (name.startsWith('console.')) throw this.#sideEffect(node, `calls ${name}`)
      return { op: 'call', name, args }
    }
    if (typeof fn !== 'function') throw new LambdaError(`${this.#where(node)} calls something that is not a function`)
    if (this.#depth === deepest) throw this.#cannot(node, 'calls itself, or functions nested too deeply: it')
    return new Reader(fn as AnyFunction, sourceOf(fn as AnyFunction), this.#depth + 1).read(args)
  }

  #new(node: SyntaxNode): Tree {
    const callee = this.#tree(node['callee'] as SyntaxNode)
    const args = (node['arguments'] as SyntaxNode[]).map((argument) => this.#element(node, argument))
    if (callee.op === 'literal' && callee.value === Date) return { op: 'call', name: 'Date', args }
    if (callee.op === 'literal' && callee.value === Set && args.length === 1 && args[0]!.op === 'literal')
      return { op: 'literal', value: new Set(args[0]!.value as unknown[]) }
    if (callee.op === 'literal' && callee.value === RegExp && args.every((arg) => arg.op === 'literal'))
      return { op: 'literal', value: new RegExp(...(args.map((arg) => (arg as { value: unknown }).value) as [string, string?])) }
    throw this.#cannot(node, 'makes an object')
  }

  #element(node: SyntaxNode, element: SyntaxNode | null): Tree {
    if (element === null || element.type === 'SpreadElement') throw this.#cannot(node, 'spreads a list')
    // A function inside a function: engines have no such thing; who understands it reads it itself.
    if (element.type === 'ArrowFunctionExpression' || element.type === 'FunctionExpression')
      throw this.#cannot(element, 'passes a function on')
    return this.#tree(element)
  }

  #refuseChange(node: SyntaxNode, of: Tree, name: string): void {
    const captured = of.op === 'literal' && typeof of.value === 'object' && of.value !== null
    if (captured && /^(push|pop|shift|unshift|splice|sort|reverse|fill|set|add|delete|clear|append|write|emit)$/.test(name))
      throw this.#sideEffect(node, `calls .${name}() of a captured variable`)
  }

  #sideEffect(node: SyntaxNode, does: string): LambdaError {
    return new LambdaError(
      `${this.#where(node)} ${does}: functions of columns must have no side effects, they may run anywhere, in any order, or as SQL. ` +
        'Return what is to be kept.',
    )
  }

  #cannot(node: SyntaxNode, does: string): Untranslatable {
    return new Untranslatable(`${this.#where(node)} ${does} that has no translation`)
  }

  #where(node: SyntaxNode): string {
    const { text, offset } = this.#source
    const part = text.slice(node.start - offset, node.end - offset).replace(/\s+/g, ' ')
    return `\`${part.length > 80 ? `${part.slice(0, 77)}...` : part}\`${placeOf(this.#fn)}`
  }
}

function bigintOr(node: SyntaxNode): unknown {
  return typeof node['bigint'] === 'string' ? BigInt(node['bigint']) : node['value']
}

function nameOfKey(key: SyntaxNode): string {
  return String(key.type === 'Identifier' ? key['name'] : key['value'])
}

/** Objects whose methods are functions by themselves: Math, Number, modules. */
function isNamespace(value: unknown): boolean {
  if (typeof value === 'function') return true
  if (typeof value !== 'object' || value === null) return false
  if (value === Math || value === console || value === JSON) return true
  if (Object.prototype.toString.call(value) === '[object Module]') return true
  const prototype: unknown = Object.getPrototypeOf(value)
  // What compilers make of `import * as`, and records of the program that hold functions.
  return (prototype === null || prototype === Object.prototype) && !Array.isArray(value)
}

let globals: Map<unknown, string> | undefined

function globalName(fn: unknown): string | undefined {
  if (globals === undefined) {
    globals = new Map<unknown, string>()
    for (const name of ['Number', 'String', 'Boolean', 'BigInt', 'parseInt', 'parseFloat', 'isNaN', 'isFinite']) {
      globals.set((globalThis as Record<string, unknown>)[name], name)
    }
    for (const owner of ['Number', 'Object', 'Array', 'Math', 'Date', 'String', 'JSON', 'console']) {
      const object = (globalThis as Record<string, unknown>)[owner] as object
      for (const name of Object.getOwnPropertyNames(object)) {
        const value: unknown = Object.getOwnPropertyDescriptor(object, name)?.value
        if (typeof value === 'function' && !globals.has(value)) globals.set(value, `${owner}.${name}`)
      }
    }
  }
  return globals.get(fn)
}
