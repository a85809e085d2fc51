import { scalarSql } from '../sql/scalar-sql.js'
import { type Relation, inputsOf, scalarsOf } from './relation.js'
import { type Scalar, someScalar } from './scalar.js'

/** A plan as a tree of lines, what it reads below what uses it. What was written already is named, not repeated. */
export function planLines(plan: Relation): string {
  const lines: string[] = []
  const numbers = new Map<Relation, number>()
  const visit = (relation: Relation, depth: number): void => {
    const again = numbers.get(relation)
    if (again !== undefined && inputsOf(relation).length > 0) {
      lines.push(`${'  '.repeat(depth)}${relation.kind} (see line ${again})`)
      return
    }
    numbers.set(relation, lines.length + 1)
    lines.push(`${'  '.repeat(depth)}${describeRelation(relation)}`)
    for (const input of inputsOf(relation)) visit(input, depth + 1)
  }
  visit(plan, 0)
  return lines.join('\n')
}

const sql = (scalar: Scalar): string => scalarSql(scalar, (name) => name)
const names = (columns: readonly { readonly name: string }[]): string => columns.map((column) => column.name).join(', ')

export function describeRelation(relation: Relation): string {
  switch (relation.kind) {
    case 'scan': {
      const { files, allFiles, format } = relation
      const count =
        files.length === allFiles ? (allFiles === 1 ? '' : ` and ${allFiles - 1} more`) : `, ${files.length} of ${allFiles} files`
      return `${format} ${relation.remote?.nameOf(files[0]!) ?? files[0]}${count} [${names(relation.columns)}]`
    }
    case 'table':
      return `${relation.label} [${names(relation.columns)}]`
    case 'filter':
      return `filter ${sql(relation.predicate)}`
    case 'project':
      return `project ${relation.values.map(([name, value]) => (value.kind === 'column' && value.name === name ? name : `${name} = ${sql(value)}`)).join(', ')}`
    case 'aggregate': {
      const keys = relation.keys.map(([name, value]) =>
        value.kind === 'column' && value.name === name ? name : `${name} = ${sql(value)}`,
      )
      return `aggregate by [${keys.join(', ')}] ${relation.values.map(([name, value]) => `${name} = ${sql(value)}`).join(', ')}`
    }
    case 'sort':
      return `sort ${relation.by.map((key) => `${sql(key.by)}${key.descending ? ' descending' : ''}`).join(', ')}`
    case 'limit':
      return `limit ${relation.count}${relation.offset > 0 ? ` from ${relation.offset}` : ''}`
    case 'distinct':
      return `distinct${relation.on ? ` on ${relation.on.join(', ')}` : ''}`
    case 'join':
      return `${relation.how} join on ${relation.on.map(([a, b]) => (a === b ? a : `${a} = ${b}`)).join(', ')}`
    case 'union':
      return `union of ${relation.inputs.length}`
    case 'explode':
      return `explode ${relation.column}`
    case 'asof':
      return `as-of join (${relation.direction}) on ${relation.on.join(' ~ ')}${relation.by.map(([a, b]) => `, ${a} = ${b}`).join('')}`
    case 'sql':
      return `sql over ${relation.names.join(', ')} [${names(relation.columns)}]`
  }
}

/** The functions of a plan that run as JavaScript, with the reasons. */
export function javascriptIn(plan: Relation): string[] {
  const found = new Map<string, string>()
  const seen = new Set<Relation>()
  const visit = (relation: Relation): void => {
    if (seen.has(relation)) return
    seen.add(relation)
    for (const scalar of scalarsOf(relation)) {
      someScalar(scalar, (part) => {
        if (part.kind === 'js') found.set(part.fn.name, part.why)
        return false
      })
    }
    inputsOf(relation).forEach(visit)
  }
  visit(plan)
  return [...found].map(([name, why]) => `${name}: ${why}`)
}
