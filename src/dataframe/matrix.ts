import { ColumnError } from './errors.js'
import { type Named, type Relation, aggregated, projected } from './plan/relation.js'
import { column, literal } from './plan/scalar.js'
import { double, isNumeric, text } from './plan/type.js'
import { Translator } from './translate/translator.js'

/** What an aggregate of two columns gives of all pairs of columns of numbers: a row for each `column`, of each group. */
export function matrix(plan: Relation, keys: readonly Named[], aggregate: 'corr' | 'cov'): Relation {
  const own = new Set(keys.map(([name]) => name))
  const numbers = plan.columns.filter(({ name, type }) => isNumeric(type) && !own.has(name)).map(({ name }) => name)
  if (numbers.length === 0) throw new ColumnError(`${aggregate}: there is no column of numbers`)
  if ([...own, ...numbers].includes('column'))
    throw new ColumnError(`${aggregate}: the result has a column "column" of its own. Rename yours.`)
  const t = new Translator(plan.columns, aggregate, true)
  const field = (name: string) => ({ op: 'field', of: { op: 'parameter', index: 0 }, name, optional: false }) as const
  const pairs = numbers.flatMap((a, i) =>
    numbers.slice(i).map((b, k): Named => {
      const value = t.value({ op: 'call', name: `aggregate.${aggregate}`, args: [field(a), field(b)] })
      return [`__${i}_${i + k}`, value]
    }),
  )
  const totals = aggregated(plan, keys, pairs)
  const inputs = numbers.map((name, i) =>
    projected(totals, [
      ...keys.map(([key, value]): Named => [key, column(key, value.type)]),
      ['column', literal(name, text)],
      ...numbers.map((other, k): Named => [other, column(`__${Math.min(i, k)}_${Math.max(i, k)}`, double)]),
    ]),
  )
  return inputs.length === 1 ? inputs[0]! : { kind: 'union', inputs, columns: inputs[0]!.columns }
}
