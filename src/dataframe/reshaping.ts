import { ArgumentError, describe } from '../base/index.js'
import { ColumnError, DataFrameError, missingColumn } from './errors.js'
import { type Column, type Named, type Relation, aggregated, identity, projected } from './plan/relation.js'
import { type Scalar, call, cast, choose, column, literal, mapScalar } from './plan/scalar.js'
import { boolean, classOf, describeType, integer, isNumeric, text } from './plan/type.js'
import { literalOf, unifiedAll } from './translate/translator.js'

function find(plan: Relation, name: string, where: string): Column {
  const found = plan.columns.find((each) => each.name === name)
  if (found === undefined) throw missingColumn(name, plan.columns, where)
  return found
}

const of = ({ name, type }: Column): Scalar => column(name, type)

/** A row for each of some columns of each row: their names as one column, their values as another. */
export function melted(
  plan: Relation,
  id: readonly string[],
  values: readonly string[] | undefined,
  names: { readonly variable: string; readonly value: string },
): Relation {
  const kept = id.map((name) => find(plan, name, 'melt: id'))
  const chosen = values?.map((name) => find(plan, name, 'melt: values')) ?? plan.columns.filter(({ name }) => !id.includes(name))
  if (chosen.length === 0) throw new ColumnError('melt: there is no column of values')
  const [first] = chosen
  const alike = chosen.every(({ type }) => classOf(type) === classOf(first!.type) || (isNumeric(type) && isNumeric(first!.type)))
  if (!alike)
    throw new ColumnError(
      `melt: one column cannot hold ${chosen.map(({ name, type }) => `"${name}" (${describeType(type)})`).join(', ')}. Make them the same with asType() first.`,
    )
  const unified = unifiedAll(chosen.map(of))
  const inputs = chosen.map(({ name }, i) =>
    projected(plan, [
      ...kept.map((each): Named => [each.name, of(each)]),
      [names.variable, literal(name, text)],
      [names.value, unified[i]!],
    ]),
  )
  return inputs.length === 1 ? inputs[0]! : { kind: 'union', inputs, columns: inputs[0]!.columns }
}

/** Which values of a column become columns: those given, or its categories. */
export function valuesOf(plan: Relation, name: string, given: readonly unknown[] | undefined, where: string): readonly unknown[] {
  const { type } = find(plan, name, where)
  const values = given ?? type.categories?.values
  if (values === undefined)
    throw new DataFrameError(
      `${where}: nobody knows yet which columns there will be: name the values of "${name}", or find them first: await df.categorize('${name}')`,
    )
  if (!Array.isArray(values)) throw new ArgumentError(`${where}: a list of values is expected, not ${describe(values)}`)
  if (values.length === 0) throw new ArgumentError(`${where}: at least one value of "${name}" becomes a column`)
  return values
}

function is(of: Scalar, value: unknown): Scalar {
  if (value === null) return call('IS NULL', boolean, of)
  const [a, b] = unifiedAll([of, literalOf(value)])
  return call('coalesce', boolean, call('=', boolean, a!, b!), literal(false, boolean))
}

/** Groups by some columns, with a column for each value of another one: what an aggregate gives of those rows. */
export function pivoted(
  plan: Relation,
  index: readonly string[],
  columns: string,
  columnValues: readonly unknown[],
  value: Scalar,
): Relation {
  const keys = index.map((name): Named => [name, of(find(plan, name, 'pivotTable: index'))])
  const by = of(find(plan, columns, 'pivotTable: columns'))
  const values = columnValues.map((each): Named => {
    const test = is(by, each)
    const own = mapScalar(value, (part) => {
      if (part.kind !== 'aggregate') return part
      const args = part.args.length === 0 ? [literal(1, integer)] : part.args
      const only = args.map((arg) =>
        arg.kind === 'literal' || (arg.kind === 'column' && arg.name === '__row' && args.length > 1)
          ? part.args.length === 0
            ? choose(test, arg, literal(null, arg.type), arg.type)
            : arg
          : choose(test, arg, literal(null, arg.type), arg.type),
      )
      return { ...part, args: only }
    })
    const rows: Scalar = {
      kind: 'aggregate',
      name: 'count',
      args: [choose(test, literal(1, integer), literal(null, integer), integer)],
      distinct: false,
      type: { sql: 'BIGINT' },
    }
    const some = call('>', boolean, rows, literal(0, integer))
    return [String(each), choose(some, own, literal(null, own.type), own.type)]
  })
  return aggregated(plan, keys, values)
}

/** Columns that say of each row whether a column has a value. */
export function dummies(
  plan: Relation,
  columns: readonly (readonly [name: string, values: readonly unknown[]])[],
  { separator, dropFirst }: { readonly separator: string; readonly dropFirst: boolean },
): Relation {
  const gone = new Set(columns.map(([name]) => name))
  const made = columns.flatMap(([name, values]) => {
    const by = of(find(plan, name, 'getDummies'))
    return values.slice(dropFirst ? 1 : 0).map((value): Named => [`${name}${separator}${String(value)}`, is(by, value)])
  })
  return projected(plan, [...identity(plan).filter(([name]) => !gone.has(name)), ...made])
}

/** The values of all columns where a condition is true, elsewhere another value. */
export function chosen(plan: Relation, condition: Scalar, other: unknown, keep: boolean): readonly Named[] {
  const test = call('coalesce', boolean, condition, literal(false, boolean))
  return identity(plan).map(([name, value]): Named => {
    const [own, instead] = unifiedAll([value, literalOf(other)])
    const same = cast(own!, own!.type)
    return [name, keep ? choose(test, same, instead!, same.type) : choose(test, instead!, same, same.type)]
  })
}
