import { children, isNode } from './parse.js'
import type { SyntaxNode } from './parse.js'

type Nodes = readonly SyntaxNode[]

/** Adds the names that a pattern binds. */
export function bound(node: SyntaxNode, to: Set<string>): void {
  switch (node.type) {
    case 'Identifier':
      to.add(node['name'] as string)
      return
    case 'ObjectPattern':
      for (const p of node['properties'] as Nodes)
        bound((p.type === 'RestElement' ? p['argument'] : p['value']) as SyntaxNode, to)
      return
    case 'ArrayPattern':
      for (const e of node['elements'] as (SyntaxNode | null)[]) if (e !== null) bound(e, to)
      return
    case 'AssignmentPattern':
      bound(node['left'] as SyntaxNode, to)
      return
    case 'RestElement':
      bound(node['argument'] as SyntaxNode, to)
  }
}

/** Names that a block declares: let, const, class, function, import. */
export function lexicalNames(statements: Nodes): Set<string> {
  const names = new Set<string>()
  for (const s of statements) {
    const d = unexported(s)
    if (d.type === 'VariableDeclaration') {
      if (d['kind'] !== 'var') for (const v of d['declarations'] as Nodes) bound(v['id'] as SyntaxNode, names)
    } else if (d.type === 'FunctionDeclaration' || d.type === 'ClassDeclaration') {
      if (isNode(d['id'])) names.add(d['id']['name'] as string)
    } else if (d.type === 'ImportDeclaration') {
      for (const i of d['specifiers'] as Nodes) names.add((i['local'] as SyntaxNode)['name'] as string)
    }
  }
  return names
}

/** Names of `var` declarations (and of functions in blocks, which sloppy code hoists), not those of inner functions. */
export function varNames(statements: Nodes, to: Set<string>): void {
  for (const statement of statements) {
    const s = unexported(statement)
    if (s.type === 'VariableDeclaration') {
      if (s['kind'] === 'var') for (const v of s['declarations'] as Nodes) bound(v['id'] as SyntaxNode, to)
    } else if (s.type === 'FunctionDeclaration') {
      if (isNode(s['id'])) to.add(s['id']['name'] as string)
    } else if (/Statement$|^SwitchCase$|^CatchClause$/.test(s.type) && s.type !== 'ExpressionStatement')
      varNames([...children(s)], to)
  }
}

export function unexported(statement: SyntaxNode): SyntaxNode {
  const exported = statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
  return exported && isNode(statement['declaration']) ? statement['declaration'] : statement
}
