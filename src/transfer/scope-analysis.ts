import { bound, lexicalNames, varNames } from './declared-names.js'
import { children, isNode } from './parse.js'
import type { SyntaxNode } from './parse.js'

/** A name that a piece of code uses and does not declare. */
export interface FreeName {
  readonly name: string
  /** the code assigns to it */
  assigned: boolean
  /** used as `typeof name` only: it need not exist */
  typeofOnly: boolean
  /** used as `name.member` only: these members; undefined if it is used as a whole somewhere */
  members: Set<string> | undefined
  /** used while a class is being defined (computed names, static initialisers), not only when something is called */
  early: boolean
  /** used in a computed member name of the class itself */
  computed: boolean
}

/** What a piece of code needs from the code around it. */
export interface Needs {
  readonly free: Map<string, FreeName>
  usesThis: boolean
  usesArguments: boolean
  usesSuper: boolean
  usesNewTarget: boolean
  callsEval: boolean
  usesWith: boolean
  /** each `import.meta`, and the member that is read of it */
  readonly importMeta: { readonly start: number; readonly member: string | undefined }[]
  /** private names that are declared by a class around the code */
  readonly outerPrivate: Set<string>
}

interface Scope {
  readonly names: Set<string>
  readonly parent: Scope | undefined
}

interface Context {
  readonly scope: Scope
  /** whether `this`, `arguments` and `new.target` belong to a function inside the code */
  readonly ownThis: boolean
  readonly ownSuper: boolean
  readonly early: boolean
  readonly computed: boolean
  readonly private: readonly Set<string>[]
}

type Nodes = readonly SyntaxNode[]
type Callee = SyntaxNode & { name: string }

/**
 * The needs of a function, a class or a whole program.
 * @param skip a node that is left out (the heritage of a class, which travels as a value)
 */
export function analyse(root: SyntaxNode, skip?: SyntaxNode): Needs {
  const analysis = new Analysis(root, skip)
  const method = root.type === 'FunctionExpression' || root.type === 'FunctionDeclaration'
  const context: Context = {
    scope: { names: new Set(), parent: undefined },
    ownThis: false,
    ownSuper: false,
    early: false,
    computed: false,
    private: [],
  }
  if (method) analysis.function(root, { ...context, ownThis: true })
  else analysis.visit(root, context)
  return analysis.needs
}

class Analysis {
  readonly needs: Needs = {
    free: new Map(),
    usesThis: false,
    usesArguments: false,
    usesSuper: false,
    usesNewTarget: false,
    callsEval: false,
    usesWith: false,
    importMeta: [],
    outerPrivate: new Set(),
  }
  readonly #root: SyntaxNode
  readonly #skip: SyntaxNode | undefined

  constructor(root: SyntaxNode, skip: SyntaxNode | undefined) {
    this.#root = root
    this.#skip = skip
  }

  visit(node: SyntaxNode, context: Context): void {
    if (node === this.#skip) return
    switch (node.type) {
      case 'Identifier':
        this.#use(node['name'] as string, context, 'whole')
        return
      case 'ThisExpression':
        if (!context.ownThis) this.needs.usesThis = true
        return
      case 'Super':
        if (!context.ownSuper) this.needs.usesSuper = true
        return
      case 'MetaProperty':
        this.#metaProperty(node, undefined, context)
        return
      case 'MemberExpression':
        this.#member(node, context)
        return
      case 'PrivateIdentifier':
        this.#private(node, context)
        return
      case 'CallExpression': {
        const callee = node['callee'] as SyntaxNode
        if (callee.type === 'Identifier' && (callee as Callee).name === 'eval' && !declared('eval', context.scope))
          this.needs.callsEval = true
        break
      }
      case 'UnaryExpression': {
        const argument = node['argument'] as SyntaxNode
        if (node['operator'] === 'typeof' && argument.type === 'Identifier') {
          this.#use(argument['name'] as string, context, 'typeof')
          return
        }
        break
      }
      case 'AssignmentExpression':
        this.#target(node['left'] as SyntaxNode, context)
        this.visit(node['right'] as SyntaxNode, context)
        return
      case 'UpdateExpression':
        this.#target(node['argument'] as SyntaxNode, context)
        return
      case 'VariableDeclarator':
        this.#binding(node['id'] as SyntaxNode, context)
        this.#optional(node['init'], context)
        return
      case 'Property':
        if (node['computed'] === true) this.visit(node['key'] as SyntaxNode, context)
        this.#method(node, context)
        return
      case 'FunctionDeclaration':
      case 'FunctionExpression':
        this.function(node, { ...context, ownThis: true, ownSuper: false, early: false, computed: false })
        return
      case 'ArrowFunctionExpression':
        this.function(node, { ...context, early: false, computed: false })
        return
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#class(node, context)
        return
      case 'BlockStatement':
        this.#block(node['body'] as Nodes, context)
        return
      case 'Program':
        this.#program(node, context)
        return
      case 'SwitchStatement': {
        this.visit(node['discriminant'] as SyntaxNode, context)
        const inner = within(context, lexicalNames((node['cases'] as Nodes).flatMap((c) => c['consequent'] as Nodes)))
        for (const c of node['cases'] as Nodes) this.#children(c, inner)
        return
      }
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
        this.#for(node, context)
        return
      case 'CatchClause': {
        const names = new Set<string>()
        if (isNode(node['param'])) bound(node['param'], names)
        const inner = within(context, names)
        if (isNode(node['param'])) this.#binding(node['param'], inner)
        this.visit(node['body'] as SyntaxNode, inner)
        return
      }
      case 'LabeledStatement':
        this.visit(node['body'] as SyntaxNode, context)
        return
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'ImportDeclaration':
        return
      case 'ExportSpecifier':
        this.visit(node['local'] as SyntaxNode, context)
        return
      case 'ExportNamedDeclaration':
        // `export { a } from 'b'` names nothing of this program.
        if (isNode(node['source'])) return
        break
      case 'WithStatement':
        this.needs.usesWith = true
        break
    }
    this.#children(node, context)
  }

  function(node: SyntaxNode, outer: Context): void {
    const arrow = node.type === 'ArrowFunctionExpression'
    const params = node['params'] as Nodes
    const names = new Set<string>()
    if (!arrow) names.add('arguments')
    for (const p of params) bound(p, names)
    const body = node['body'] as SyntaxNode
    if (body.type === 'BlockStatement') {
      varNames(body['body'] as Nodes, names)
      for (const name of lexicalNames(body['body'] as Nodes)) names.add(name)
    }
    const id = node['id'] as SyntaxNode | null
    let context = outer
    if (id !== null && id !== undefined && node.type === 'FunctionExpression')
      context = within(context, new Set([id['name'] as string]))
    const inner = within(context, names)
    for (const p of params) this.#binding(p, inner)
    if (body.type === 'BlockStatement') for (const s of body['body'] as Nodes) this.visit(s, inner)
    else this.visit(body, inner)
  }

  #class(node: SyntaxNode, context: Context): void {
    const runsNow = node === this.#root || context.early
    const id = node['id'] as SyntaxNode | null
    const members = (node['body'] as SyntaxNode)['body'] as Nodes
    const privates = new Set<string>()
    for (const m of members)
      if ((m['key'] as SyntaxNode | undefined)?.type === 'PrivateIdentifier') privates.add((m['key'] as Callee).name)
    const inner: Context = {
      ...within(context, new Set(id === null ? [] : [id['name'] as string])),
      private: [...context.private, privates],
    }
    this.#optional(node['superClass'], inner)
    for (const m of members) {
      if (m['computed'] === true) this.visit(m['key'] as SyntaxNode, { ...inner, early: runsNow, computed: node === this.#root })
      const isStatic = m['static'] === true || m.type === 'StaticBlock'
      const own: Context = { ...inner, ownThis: true, ownSuper: true, early: runsNow && isStatic }
      if (m.type === 'StaticBlock') {
        const names = lexicalNames(m['body'] as Nodes)
        varNames(m['body'] as Nodes, names)
        this.#children(m, within(own, names))
      } else if (m.type === 'PropertyDefinition') this.#optional(m['value'], own)
      else this.#method(m, own)
    }
  }

  /** The value of a property: a method has a `super` of its own. */
  #method(node: SyntaxNode, context: Context): void {
    const value = node['value'] as SyntaxNode
    const isMethod =
      node.type === 'MethodDefinition' || node['method'] === true || node['kind'] === 'get' || node['kind'] === 'set'
    if (isMethod) this.function(value, { ...context, ownThis: true, ownSuper: true, early: false, computed: false })
    else this.visit(value, context)
  }

  #block(body: Nodes, context: Context): void {
    const inner = within(context, lexicalNames(body))
    for (const s of body) this.visit(s, inner)
  }

  #program(node: SyntaxNode, context: Context): void {
    const body = node['body'] as Nodes
    const names = lexicalNames(body)
    varNames(body, names)
    const inner = within(context, names)
    for (const s of body) this.visit(s, inner)
  }

  #for(node: SyntaxNode, context: Context): void {
    const head = (node['init'] ?? node['left']) as SyntaxNode | null | undefined
    const declares = isNode(head) && head.type === 'VariableDeclaration'
    const inner = declares ? within(context, lexicalNames([head])) : context
    if (isNode(head)) {
      if (declares || node.type === 'ForStatement') this.visit(head, inner)
      else this.#target(head, inner)
    }
    for (const part of ['test', 'update', 'right', 'body']) this.#optional(node[part], inner)
  }

  #member(node: SyntaxNode, context: Context): void {
    const object = node['object'] as SyntaxNode
    const property = node['property'] as SyntaxNode
    const plain = node['computed'] !== true && property.type === 'Identifier' ? (property['name'] as string) : undefined
    if (object.type === 'MetaProperty') this.#metaProperty(object, plain, context)
    else if (object.type === 'Identifier' && plain !== undefined) this.#use(object['name'] as string, context, 'member', plain)
    else this.visit(object, context)
    if (plain === undefined) this.visit(property, context)
  }

  #metaProperty(node: SyntaxNode, member: string | undefined, context: Context): void {
    if ((node['meta'] as Callee).name === 'import') this.needs.importMeta.push({ start: node.start, member })
    else if (!context.ownThis) this.needs.usesNewTarget = true
  }

  #private(node: SyntaxNode, context: Context): void {
    const name = node['name'] as string
    if (!context.private.some((names) => names.has(name))) this.needs.outerPrivate.add(name)
  }

  /** The left side of an assignment. */
  #target(node: SyntaxNode, context: Context): void {
    if (node.type === 'Identifier') this.#use(node['name'] as string, context, 'assigned')
    else this.#pattern(node, context, (n) => this.#target(n, context))
  }

  /** A declaration: its names are in the scope already, its defaults and computed keys are code. */
  #binding(node: SyntaxNode, context: Context): void {
    if (node.type !== 'Identifier') this.#pattern(node, context, (n) => this.#binding(n, context))
  }

  #pattern(node: SyntaxNode, context: Context, inner: (node: SyntaxNode) => void): void {
    switch (node.type) {
      case 'ObjectPattern':
        for (const p of node['properties'] as Nodes) {
          if (p.type === 'RestElement') inner(p['argument'] as SyntaxNode)
          else {
            if (p['computed'] === true) this.visit(p['key'] as SyntaxNode, context)
            inner(p['value'] as SyntaxNode)
          }
        }
        return
      case 'ArrayPattern':
        for (const e of node['elements'] as (SyntaxNode | null)[]) if (e !== null) inner(e)
        return
      case 'AssignmentPattern':
        inner(node['left'] as SyntaxNode)
        this.visit(node['right'] as SyntaxNode, context)
        return
      case 'RestElement':
        inner(node['argument'] as SyntaxNode)
        return
      default:
        this.visit(node, context)
    }
  }

  #use(name: string, context: Context, how: 'whole' | 'member' | 'typeof' | 'assigned', member?: string): void {
    if (declared(name, context.scope)) return
    if (name === 'arguments') {
      this.needs.usesArguments = true
      return
    }
    let use = this.needs.free.get(name)
    if (use === undefined) {
      use = { name, assigned: false, typeofOnly: true, members: new Set(), early: false, computed: false }
      this.needs.free.set(name, use)
    }
    if (how !== 'typeof') use.typeofOnly = false
    if (how === 'assigned') use.assigned = true
    if (how === 'member') use.members?.add(member!)
    else if (how !== 'typeof') use.members = undefined
    if (context.early) use.early = true
    if (context.computed) use.computed = true
  }

  #optional(node: unknown, context: Context): void {
    if (isNode(node)) this.visit(node, context)
  }

  #children(node: SyntaxNode, context: Context): void {
    for (const child of children(node)) this.visit(child, context)
  }
}

function within(context: Context, names: Set<string>): Context {
  return { ...context, scope: { names, parent: context.scope } }
}

function declared(name: string, scope: Scope): boolean {
  for (let s: Scope | undefined = scope; s !== undefined; s = s.parent) if (s.names.has(name)) return true
  return false
}
