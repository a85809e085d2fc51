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

/** What is wanted of a list; its first when nothing is: a relation has at least one column. */
function chosen<T>(list: readonly T[], isWanted: (item: T) => boolean): readonly T[] {
  const wanted = list.filter(isWanted)
  return wanted.length === 0 ? list.slice(0, 1) : wanted
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
      want(relation.input, usesOf(chosen(relation.values, ([name]) => names.has(name)).map(([, value]) => value)).keys())
      return
    case 'aggregate': {
      const { keys, values } = relation
      const computed = [
        ...keys,
        ...(keys.length > 0 ? values.filter(([name]) => names.has(name)) : chosen(values, ([name]) => names.has(name))),
      ]
      want(relation.input, usesOf(computed.map(([, value]) => value)).keys())
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
      const takes = chosen(relation.takes, (take) => names.has(take.name))
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
    case 'explode':
      want(relation.input, [...names, relation.column])
      return
    case 'asof': {
      const takes = chosen(relation.takes, (take) => names.has(take.name))
      for (const [side, index] of [
        ['left', 0],
        ['right', 1],
      ] as const) {
        want(relation[side], [
          relation.on[index],
          ...relation.by.map((pair) => pair[index]),
          ...takes.filter((take) => (take.side === 'right') === (side === 'right')).map((take) => take.from),
        ])
      }
      return
    }
    case 'sql':
      for (const input of relation.inputs)
        want(
          input,
          input.columns.map((column) => column.name),
        )
      return
    case 'union':
      for (const input of relation.inputs)
        want(
          input,
          chosen(relation.columns, (column) => names.has(column.name)).map((column) => column.name),
        )
  }
}

function narrowed(relation: Relation, names: ReadonlySet<string>, made: ReadonlyMap<Relation, Relation>): Relation {
  const columns = chosen(relation.columns, (column) => names.has(column.name))
  const kept = new Set(columns.map((column) => column.name))
  switch (relation.kind) {
    case 'scan':
    case 'table':
      return { ...relation, columns }
    case 'project':
      return {
        ...relation,
        input: made.get(relation.input)!,
        values: relation.values.filter(([name]) => kept.has(name)),
        columns,
      }
    case 'aggregate': {
      const { keys } = relation
      for (const [name] of keys) kept.add(name)
      return {
        ...relation,
        input: made.get(relation.input)!,
        values: relation.values.filter(([name]) => (keys.length > 0 ? names.has(name) : kept.has(name))),
        columns: relation.columns.filter((column) =>
          keys.length > 0 ? names.has(column.name) || keys.some(([name]) => name === column.name) : kept.has(column.name),
        ),
      }
    }
    case 'join':
      return {
        ...relation,
        left: made.get(relation.left)!,
        right: made.get(relation.right)!,
        takes: relation.takes.filter((take) => kept.has(take.name)),
        columns,
      }
    case 'union': {
      // Parts are put together by place: all must have the same columns in the same order.
      const list = columns.map((column) => column.name)
      return { ...relation, inputs: relation.inputs.map((input) => ordered(made.get(input)!, list)), columns }
    }
    case 'asof':
      return {
        ...relation,
        left: made.get(relation.left)!,
        right: made.get(relation.right)!,
        takes: relation.takes.filter((take) => kept.has(take.name)),
        columns,
      }
    case 'sql':
      return { ...relation, inputs: relation.inputs.map((input) => made.get(input)!) }
    case 'explode': {
      // What is exploded stays, wanted or not: it makes the rows.
      const input = made.get(relation.input)!
      const own = new Map(relation.columns.map((column) => [column.name, column]))
      return { ...relation, input, columns: input.columns.map((column) => own.get(column.name)!) }
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
