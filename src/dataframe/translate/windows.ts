import { LambdaError, type Tree } from '../../lambda/index.js'
import { ColumnError } from '../errors.js'
import { type Scalar, type SortKey, call, cast, choose, inOrder, literal, mapScalar } from '../plan/scalar.js'
import { type Type, boolean, classOf, describeType, double, integer, isNumeric } from '../plan/type.js'
import { aggregateOf } from './aggregates.js'
import { builtin } from './js-part.js'
import { type Translator, asNumber } from './translator.js'

/** Which rows a moving window has. */
export interface WindowSpec {
  /** how many rows; undefined: all up to this one */
  readonly rows?: number
  /** how far back in time, in microseconds, by the column `on` */
  readonly span?: number
  readonly on?: string
  /** this row is in the middle, not the last */
  readonly center?: boolean
  /** of fewer values there is no result */
  readonly minPeriods: number
}

type Call = (translator: Translator, args: readonly Tree[]) => Scalar
type Window = Scalar & { kind: 'window' }

const long: Type = { sql: 'BIGINT' }

function over(of: Scalar, rows: Window['rows'], order: readonly SortKey[] = [inOrder]): Scalar {
  return { kind: 'window', of, by: [], order, rows, type: of.type }
}

/** The aggregates in a value as windows. */
function windowed(value: Scalar, frame: (of: Scalar) => Scalar): Scalar {
  return mapScalar(value, (part) => (part.kind === 'aggregate' ? frame(part) : part))
}

/** The windows of a value seen within groups of equal keys. */
export function within(value: Scalar, by: readonly Scalar[]): Scalar {
  return mapScalar(value, (part) => (part.kind === 'window' ? { ...part, by: [...by, ...part.by] } : part))
}

function known(tree: Tree | undefined): unknown {
  return tree?.op === 'literal' ? tree.value : undefined
}

const shift: Call = (t, [x, by]) => {
  const n = known(by) as number
  const value = t.value(x!)
  return over(call(n < 0 ? 'lead' : 'lag', value.type, value, literal(Math.abs(n), integer)), undefined)
}

/** Up to this row; null where the row itself has no value. */
const cumulative = (name: string): Call => {
  return (t, [x]) => {
    const value = t.value(x!)
    if ((name === 'sum' || name === 'product') && !isNumeric(value.type) && classOf(value.type) !== 'boolean')
      throw new ColumnError(`cum${name === 'sum' ? 'sum' : 'prod'}() is of numbers, not of ${describeType(value.type)}`)
    const total = windowed(aggregateOf(name, [value]), (of) => over(of, [null, 0]))
    return choose(call('IS NULL', boolean, value), literal(null, total.type), total, total.type)
  }
}

const fill = (forward: boolean): Call => {
  return (t, [x, most]) => {
    const value = t.value(x!)
    const limit = known(most) as number | undefined
    const name = forward ? 'last_value IGNORE NULLS' : 'first_value IGNORE NULLS'
    const rows = (forward ? [limit === undefined ? null : -limit, 0] : [0, limit ?? null]) as [number | null, number | null]
    return over(call(name, value.type, value), rows)
  }
}

const rank: Call = (t, [x, how, ascending]) => {
  const value = t.value(x!)
  const method = known(how) as string
  const key: SortKey = { by: value, descending: known(ascending) === false, nulls: 'last' }
  const plain = (name: string, order: readonly SortKey[]) => over(call(name, long), undefined, order)
  // How many are equal: the rows of a group of its own.
  const peers: Scalar = {
    kind: 'window',
    of: { kind: 'aggregate', name: 'count', args: [], distinct: false, type: long },
    by: [value],
    order: [],
    rows: undefined,
    type: long,
  }
  const less = (of: Scalar) => call('-', double, cast(of, double), literal(1, double))
  const lowest = cast(plain('rank', [key]), double)
  const ranks: Readonly<Record<string, () => Scalar>> = {
    min: () => lowest,
    max: () => call('+', double, lowest, less(peers)),
    average: () => call('+', double, lowest, call('/', double, less(peers), literal(2, double))),
    first: () => cast(plain('row_number', [key, inOrder]), double),
    dense: () => cast(plain('dense_rank', [key]), double),
  }
  const make = ranks[method]
  if (make === undefined)
    throw new LambdaError(`rank: the method is one of ${Object.keys(ranks).join(', ')}, not ${JSON.stringify(method)}`)
  return choose(call('IS NULL', boolean, value), literal(null, double), make(), double)
}

/** The rows of a moving window around each row. */
function frameOf({ rows, span, on, center }: WindowSpec, t: Translator): (of: Scalar) => Scalar {
  if (span !== undefined) {
    const by = cast(t.value({ op: 'field', of: { op: 'parameter', index: 0 }, name: on!, optional: false }), { sql: 'TIMESTAMP' })
    // The window is open at its beginning: one microsecond less than its length.
    const before = `to_microseconds(${span - 1}) PRECEDING`
    return (of) => ({
      kind: 'window',
      of,
      by: [],
      order: [{ by, descending: false, nulls: 'last' }],
      rows: undefined,
      range: [before, 'CURRENT ROW'],
      type: of.type,
    })
  }
  if (rows === undefined) return (of) => over(of, [null, 0])
  const after = center === true ? Math.floor((rows - 1) / 2) : 0
  return (of) => over(of, [-(rows - 1 - after), after])
}

function enough(value: Scalar, of: Scalar | undefined, spec: WindowSpec, frame: (of: Scalar) => Scalar): Scalar {
  if (spec.minPeriods === 0) return value
  const count = frame({ kind: 'aggregate', name: 'count', args: of === undefined ? [] : [of], distinct: false, type: long })
  const test = call('>=', boolean, count, literal(spec.minPeriods, integer))
  return choose(test, value, literal(null, value.type), value.type)
}

/** 'window.rolling.mean' and its like: [values, spec, what else the aggregate takes …] */
const rolling = (name: string): Call => {
  return (t, [x, given, ...more]) => {
    const spec = known(given) as WindowSpec
    const value = t.value(x!)
    const frame = frameOf(spec, t)
    const numbers = name === 'count' || name === 'min' || name === 'max' ? value : asNumber(value)
    const result = windowed(aggregateOf(name, [numbers, ...more.map((tree) => t.value(tree))]), frame)
    // Of rows without a value it is 0, not unknown.
    return enough(result, name === 'count' ? undefined : value, spec, frame)
  }
}

let applied = 0

/** A function of JavaScript of the values of each window. */
const rollingApply: Call = (t, [x, given, fn]) => {
  const spec = known(given) as WindowSpec
  const value = cast(asNumber(t.value(x!)), double)
  const frame = frameOf(spec, t)
  const values = frame({ kind: 'aggregate', name: 'list', args: [value], distinct: false, type: { sql: 'DOUBLE[]' } })
  const run = known(fn) as (values: (number | null)[]) => number
  const result = builtin(`rolling_${++applied}`, 'a function of all values of a window', [values], double, run as never)
  return enough(result, value, spec, frame)
}

const aggregates = ['count', 'sum', 'mean', 'min', 'max', 'std', 'variance', 'median', 'quantile', 'skew', 'kurt', 'sem'] as const

/** What looks at the rows around a row, in their order. */
export const windowCalls: Readonly<Record<string, Call | undefined>> = {
  'window.shift': shift,
  'window.diff': (t, [x, by]) => {
    const before = shift(t, [x!, by!])
    return call('-', double, asNumber(t.value(x!)), asNumber(before))
  },
  'window.cumsum': cumulative('sum'),
  'window.cumprod': cumulative('product'),
  'window.cummax': cumulative('max'),
  'window.cummin': cumulative('min'),
  'window.ffill': fill(true),
  'window.bfill': fill(false),
  'window.rank': rank,
  /** the place of a row, from 0 */
  'window.place': () => call('-', long, over(call('row_number', long), undefined), literal(1, integer)),
  /** what an aggregate gives of all rows, for each row */
  'window.total': (t, [name, ...args]) =>
    windowed(
      aggregateOf(
        known(name) as string,
        args.map((arg) => t.value(arg)),
      ),
      (of) => ({ kind: 'window', of, by: [], order: [], rows: undefined, type: of.type }),
    ),
  'window.apply': rollingApply,
  ...Object.fromEntries(aggregates.map((name) => [`window.rolling.${name}`, rolling(name)])),
}

/** The values that a plan is made of already, where a tree is expected. */
export function treeOfScalar(scalar: Scalar): Tree {
  return { op: 'call', name: 'plan.scalar', args: [{ op: 'literal', value: scalar }] }
}
