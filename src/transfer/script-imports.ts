import { isNode } from './parse.js'
import type { SyntaxNode } from './parse.js'

/** What a name at the top of a script was imported from. */
export interface ImportBinding {
  readonly specifier: string
  /** the exported name; '*' for the whole module */
  readonly export: string
  /** how: an import declaration or import(); require(); require() wrapped by what a compiler adds (__toESM, __importStar) */
  readonly via: 'import' | 'require' | 'interop' | 'vite'
}

/**
 * The statement lists that make up the top of a file: the program's, and those of the function that a tool wraps
 * around all of it (vitest: `async (…) => {{ … }}`, tsx: `(() => { … })()`).
 */
export function moduleBodies(ast: SyntaxNode): { owner: SyntaxNode; statements: readonly SyntaxNode[] }[] {
  const bodies = [{ owner: ast, statements: ast['body'] as readonly SyntaxNode[] }]
  for (const { statements } of bodies) {
    for (const statement of statements) {
      if (statement.type === 'BlockStatement' && statements.length === 1) {
        bodies.push({ owner: statement, statements: statement['body'] as SyntaxNode[] })
      }
      if (statement.type !== 'ExpressionStatement') continue
      let wrapper = statement['expression'] as SyntaxNode
      if (wrapper.type === 'CallExpression' && (wrapper['arguments'] as unknown[]).length === 0)
        wrapper = wrapper['callee'] as SyntaxNode
      const body = wrapper['body']
      if (/^(Arrow)?FunctionExpression$/.test(wrapper.type) && isNode(body) && body.type === 'BlockStatement') {
        bodies.push({ owner: wrapper, statements: body['body'] as SyntaxNode[] }, { owner: body, statements: [] })
      }
    }
  }
  return bodies
}

/** What the names at the top of a file were imported from. */
export function importsOf(ast: SyntaxNode): ReadonlyMap<string, ImportBinding> {
  const imports = new Map<string, ImportBinding>()
  for (const { statements } of moduleBodies(ast)) {
    for (const statement of statements) {
      if (statement.type === 'ImportDeclaration') addImport(statement, imports)
      else if (statement.type === 'VariableDeclaration') {
        for (const d of statement['declarations'] as SyntaxNode[])
          if (isNode(d['init'])) addRequire(d['id'] as SyntaxNode, d['init'], imports)
      }
    }
  }
  return imports
}

function addImport(statement: SyntaxNode, to: Map<string, ImportBinding>): void {
  const specifier = (statement['source'] as SyntaxNode)['value'] as string
  for (const s of statement['specifiers'] as SyntaxNode[]) {
    const local = (s['local'] as SyntaxNode)['name'] as string
    const imported = s['imported'] as SyntaxNode | undefined
    const name = s.type === 'ImportDefaultSpecifier' ? 'default' : s.type === 'ImportNamespaceSpecifier' ? '*' : nameOf(imported!)
    to.set(local, { specifier, export: name, via: 'import' })
  }
}

const interop = /^(__toESM|__toModule|__importStar|__importDefault|_interopRequire\w*|_interop_require_\w+)$/

function addRequire(id: SyntaxNode, init: SyntaxNode, to: Map<string, ImportBinding>): void {
  let via: ImportBinding['via'] = 'require'
  let member = '*'
  let call = init.type === 'AwaitExpression' ? (init['argument'] as SyntaxNode) : init
  if (call.type === 'MemberExpression' && call['computed'] === false) {
    member = nameOf(call['property'] as SyntaxNode)
    call = call['object'] as SyntaxNode
  }
  if (call.type === 'CallExpression' && interop.test(calleeName(call))) {
    via = 'interop'
    call = (call['arguments'] as SyntaxNode[])[0] ?? call
  }
  let source: SyntaxNode | undefined
  if (call.type === 'ImportExpression') {
    source = call['source'] as SyntaxNode
    via = 'import'
  } else if (call.type === 'CallExpression') {
    const callee = calleeName(call)
    if (/^__(vi|vite_ssr)_import__$/.test(callee)) via = 'vite'
    else if (callee !== 'require') return
    source = (call['arguments'] as SyntaxNode[])[0]
  }
  if (source?.type !== 'Literal' || typeof source['value'] !== 'string') return
  const specifier = source['value']
  if (id.type === 'Identifier') to.set(id['name'] as string, { specifier, export: member, via })
  else if (id.type === 'ObjectPattern' && member === '*') {
    for (const p of id['properties'] as SyntaxNode[]) {
      const value = p['value'] as SyntaxNode | undefined
      if (p.type === 'Property' && p['computed'] === false && value?.type === 'Identifier') {
        to.set(value['name'] as string, { specifier, export: nameOf(p['key'] as SyntaxNode), via })
      }
    }
  }
}

function calleeName(call: SyntaxNode): string {
  const callee = call['callee'] as SyntaxNode
  if (callee.type === 'Identifier') return callee['name'] as string
  return callee.type === 'MemberExpression' ? nameOf(callee['property'] as SyntaxNode) : ''
}

/** The text of an identifier or of a string. */
export function nameOf(node: SyntaxNode): string {
  return (node['name'] ?? node['value'] ?? '') as string
}
