import { type Relation, inputsOf } from '../plan/relation.js'
import { columnsOf, usesOf } from '../plan/scalar.js'

/** Columns that nobody uses are not read and not computed. */
export function pruneColumns(plan: Relation): Relation {
  const wanted = new Map<Relation, Set<string>>()
  const order: Relation[] = []
  const visit = (relation: Relation): void => {
    if (order.includes(relation)) return
    inputsOf(relation).forEach(visit)
    order.push(relation)
  }
  visit(plan)
  const want = (relation: Relation, names: Iterable<string>): void => {
    const set = wanted.get(relation) ?? new Set<string>()
    for (const name of names) set.add(name)
    wanted.set(relation, set)
  }
  want(
    plan,
    plan.columns.map((column) => column.name),
  )
  // What uses a relation stands after it: from the root down all wishes are known.
  for (const relation of [...order].reverse()) wish(relation, wanted.get(relation)!, want)
  const made = new Map<Relation, Relation>()
  for (const relation of order) made.set(relation, narrowed(relation, wanted.get(relation)!, made))
  return made.get(plan)!
}

function wish(relation: Relation, names: ReadonlySet<string>, want: (relation: Relation, names: Iterable<string>) => void): void {
  switch (relation.kind) {
    case 'scan':
    case 'table':
      return
    case 'filter':
      want(relation.input, [...names, ...columnsOf(relation.predicate)])
      return
    case 'project':
      want(relation.input, usesOf(relation.values.filter(([name]) => names.has(name)).map(([, value]) => value)).keys())
      return
    case 'aggregate': {
      const values = [...relation.keys, ...relation.values.filter(([name]) => names.has(name))]
      want(relation.input, usesOf(values.map(([, value]) => value)).keys())
      return
    }
    case 'sort':
      want(relation.input, [...names, ...relation.by.flatMap((key) => [...columnsOf(key.by)])])
      return
    case 'limit':
      want(relation.input, names)
      return
    case 'distinct':
      want(relation.input, relation.on === undefined ? relation.columns.map((column) => column.name) : [...names, ...relation.on])
      return
    case 'join': {
      const takes = relation.takes.filter((take) => names.has(take.name))
      want(relation.left, [
        ...relation.on.map(([left]) => left),
        ...takes.filter((take) => take.side !== 'right').map((take) => take.from),
      ])
      want(relation.right, [
        ...relation.on.map(([, right]) => right),
        ...takes.filter((take) => take.side === 'right').map((take) => take.from),
      ])
      return
    }
    case 'union':
      for (const input of relation.inputs) want(input, names)
  }
}

function narrowed(relation: Relation, names: ReadonlySet<string>, made: ReadonlyMap<Relation, Relation>): Relation {
  const columns = relation.columns.filter((column) => names.has(column.name))
  switch (relation.kind) {
    case 'scan':
    case 'table':
      // A count of rows reads no column; a table without columns is none, so the first stays.
      return { ...relation, columns: columns.length === 0 ? relation.columns.slice(0, 1) : columns }
    case 'project': {
      const values = relation.values.filter(([name]) => names.has(name))
      if (values.length > 0) return { ...relation, input: made.get(relation.input)!, values, columns }
      return {
        ...relation,
        input: made.get(relation.input)!,
        values: relation.values.slice(0, 1),
        columns: relation.columns.slice(0, 1),
      }
    }
    case 'aggregate':
      return {
        ...relation,
        input: made.get(relation.input)!,
        values: relation.values.filter(([name]) => names.has(name)),
        columns: relation.columns.filter(
          (column) => names.has(column.name) || relation.keys.some(([name]) => name === column.name),
        ),
      }
    case 'join':
      return {
        ...relation,
        left: made.get(relation.left)!,
        right: made.get(relation.right)!,
        takes: columns.length === 0 ? relation.takes.slice(0, 1) : relation.takes.filter((take) => names.has(take.name)),
        columns: columns.length === 0 ? relation.columns.slice(0, 1) : columns,
      }
    case 'union': {
      // Parts are put together by place: all must have the same columns in the same order.
      const list = columns.map((column) => column.name)
      const inputs = relation.inputs.map((input) => ordered(made.get(input)!, list))
      return { ...relation, inputs, columns }
    }
    case 'distinct':
    case 'filter':
    case 'sort':
    case 'limit': {
      const input = made.get(relation.input)!
      return { ...relation, input, columns: input.columns }
    }
  }
}

function ordered(relation: Relation, names: readonly string[]): Relation {
  if (relation.columns.length === names.length && relation.columns.every((column, i) => column.name === names[i])) return relation
  const columns = names.map((name) => relation.columns.find((column) => column.name === name)!)
  const values = columns.map((column) => [column.name, { kind: 'column', name: column.name, type: column.type }] as const)
  return { kind: 'project', input: relation, values, columns }
}
