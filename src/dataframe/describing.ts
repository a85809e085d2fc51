import { ColumnError } from './errors.js'
import { type Named, type Relation, aggregated, projected } from './plan/relation.js'
import { type Scalar, cast, column, literal } from './plan/scalar.js'
import { classOf, isNumeric, text } from './plan/type.js'
import { Translator } from './translate/translator.js'
import type { Tree } from '../lambda/index.js'

type Statistic = readonly [name: string, aggregate: string, ...more: number[]]

const ofNumbers: readonly Statistic[] = [
  ['count', 'count'],
  ['mean', 'mean'],
  ['std', 'std'],
  ['min', 'min'],
  ['25%', 'quantile', 0.25],
  ['50%', 'median'],
  ['75%', 'quantile', 0.75],
  ['max', 'max'],
]
const ofOthers: readonly Statistic[] = [
  ['count', 'count'],
  ['unique', 'nunique'],
  ['top', 'mode'],
]

/** A row for each statistic of the columns of numbers, or, if there is none, of the others. */
export function described(plan: Relation): Relation {
  const numbers = plan.columns.filter(({ type }) => isNumeric(type))
  const columns = numbers.length > 0 ? numbers : plan.columns.filter(({ type }) => !['list', 'struct'].includes(classOf(type)))
  if (columns.length === 0) throw new ColumnError('describe: there is no column to describe')
  if (columns.some(({ name }) => name === 'statistic'))
    throw new ColumnError('describe: the result has a column "statistic" of its own. Rename yours.')
  const statistics = numbers.length > 0 ? ofNumbers : ofOthers
  const t = new Translator(plan.columns, 'describe', true)
  const number: Scalar['type'] = { sql: 'DOUBLE' }
  const values = columns.flatMap(({ name }, i) =>
    statistics.map(([, aggregate, ...more], k): Named => {
      const field: Tree = { op: 'field', of: { op: 'parameter', index: 0 }, name, optional: false }
      const value = t.value({
        op: 'call',
        name: `aggregate.${aggregate}`,
        args: [field, ...more.map((each): Tree => ({ op: 'literal', value: each }))],
      })
      return [`__${i}_${k}`, cast(value, numbers.length > 0 ? number : text)]
    }),
  )
  const totals = aggregated(plan, [], values)
  const inputs = statistics.map(([statistic], k) =>
    projected(totals, [
      ['statistic', literal(statistic, text)],
      ...columns.map(({ name }, i): Named => [name, column(`__${i}_${k}`, numbers.length > 0 ? number : text)]),
    ]),
  )
  return { kind: 'union', inputs, columns: inputs[0]!.columns }
}
