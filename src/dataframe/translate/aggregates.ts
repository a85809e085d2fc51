import { LambdaError, type Tree } from '../../lambda/index.js'
import { ColumnError } from '../errors.js'
import { type Scalar, call, cast, choose, hasAggregate, literal, rowNumber } from '../plan/scalar.js'
import { type Type, boolean, classOf, describeType, double, integer, isNumeric } from '../plan/type.js'
import type { Translator } from './translator.js'

type Make = (args: readonly Scalar[], name: string) => Scalar

function aggregate(name: string, type: Type, args: readonly Scalar[], distinct = false): Scalar {
  return { kind: 'aggregate', name, args, distinct, type }
}

function numeric(value: Scalar | undefined, name: string): Scalar {
  if (value === undefined) throw new LambdaError(`${name}() needs a column: f => ${name}(f.x)`)
  if (isNumeric(value.type)) return value
  if (classOf(value.type) === 'boolean') return cast(value, integer)
  throw new ColumnError(`${name}() is of numbers, not of ${describeType(value.type)}`)
}

function any(value: Scalar | undefined, name: string): Scalar {
  if (value === undefined) throw new LambdaError(`${name}() needs a column: f => ${name}(f.x)`)
  return value
}

function doubles(value: Scalar | undefined, name: string): Scalar {
  return cast(numeric(value, name), double)
}

const statistic =
  (sql: string): Make =>
  ([x], name) =>
    aggregate(sql, double, [doubles(x, name)])

const makers: Readonly<Record<string, Make>> = {
  count: ([x]) => aggregate('count', { sql: 'BIGINT' }, x === undefined ? [] : [x]),
  sum: ([x], name) => {
    const value = numeric(x, name)
    const kind = classOf(value.type)
    const type: Type =
      kind === 'double'
        ? double
        : kind === 'decimal'
          ? { sql: 'DECIMAL(38,10)' }
          : { sql: 'HUGEINT', ...(value.type.bigint === true && { bigint: true }) }
    const zero = kind === 'double' ? literal(0, double) : literal(0, integer)
    return cast(call('coalesce', type, aggregate('sum', type, [value]), zero), type)
  },
  mean: ([x], name) => aggregate('avg', double, [numeric(x, name)]),
  min: ([x], name) => aggregate('min', any(x, name).type, [any(x, name)]),
  max: ([x], name) => aggregate('max', any(x, name).type, [any(x, name)]),
  std: statistic('stddev_samp'),
  variance: statistic('var_samp'),
  median: ([x], name) => aggregate('median', double, [doubles(x, name)]),
  quantile: ([x, q], name) => {
    if (q?.kind !== 'literal' || typeof q.value !== 'number' || !(q.value >= 0 && q.value <= 1))
      throw new LambdaError('quantile(f.x, q) needs a q from 0 to 1 that is the same for all rows')
    return aggregate('quantile_cont', double, [doubles(x, name), literal(q.value, double)])
  },
  nunique: ([x], name) => aggregate('count', { sql: 'BIGINT' }, [any(x, name)], true),
  first: ([x], name) => aggregate('arg_min', any(x, name).type, [any(x, name), rowNumber]),
  last: ([x], name) => aggregate('arg_max', any(x, name).type, [any(x, name), rowNumber]),
  list: ([x], name) => aggregate('list', { ...any(x, name).type, sql: `${any(x, name).type.sql}[]` }, [any(x, name)]),
  product: statistic('product'),
  some: ([x]) =>
    call('coalesce', boolean, aggregate('bool_or', boolean, [cast(any(x, 'some'), boolean)]), literal(false, boolean)),
  every: ([x]) =>
    call('coalesce', boolean, aggregate('bool_and', boolean, [cast(any(x, 'every'), boolean)]), literal(true, boolean)),
  corr: ([x, y], name) => aggregate('corr', double, [doubles(x, name), doubles(y, name)]),
  cov: ([x, y], name) => aggregate('covar_samp', double, [doubles(x, name), doubles(y, name)]),
  skew: statistic('skewness'),
  kurt: statistic('kurtosis'),
  sem: ([x], name) => {
    const value = doubles(x, name)
    const count = cast(aggregate('count', { sql: 'BIGINT' }, [value]), double)
    return call('/', double, aggregate('stddev_samp', double, [value]), call('sqrt', double, count))
  },
  approxNunique: ([x], name) => aggregate('approx_count_distinct', { sql: 'BIGINT' }, [any(x, name)]),
  approxQuantile: ([x, q], name) => {
    if (q?.kind !== 'literal' || typeof q.value !== 'number' || !(q.value >= 0 && q.value <= 1))
      throw new LambdaError('approxQuantile(f.x, q) needs a q from 0 to 1 that is the same for all rows')
    return aggregate('approx_quantile', double, [doubles(x, name), cast(literal(q.value, double), { sql: 'FLOAT' })])
  },
  mode: ([x], name) => {
    const value = any(x, name)
    // Of values that are as frequent as each other the smallest, on any number of threads.
    const most = aggregate('js_mode', value.type, [value])
    return most
  },
  idxmax: ([x], name) => place(any(x, name), 'max'),
  idxmin: ([x], name) => place(any(x, name), 'min'),
}

/** Where the largest or smallest value is first, counted from 0: the one of a pair of value and place that is most extreme. */
function place(value: Scalar, which: 'max' | 'min'): Scalar {
  const at = which === 'max' ? call('negate', { sql: 'BIGINT' }, rowNumber) : rowNumber
  const struct: Type = { sql: `STRUCT(v ${value.type.sql}, r BIGINT)` }
  const pair = call('js_pair', struct, value, at)
  const known = choose(call('IS NULL', boolean, value), literal(null, struct), pair, struct)
  const row = call('abs', { sql: 'BIGINT' }, call('js_place', { sql: 'BIGINT' }, aggregate(which, struct, [known])))
  return call('-', { sql: 'BIGINT' }, row, literal(1, integer))
}

/** The names of aggregates, as trees call them. */
export const aggregatePrefix = 'aggregate.'

/** An aggregate by its name here, of values. */
export function aggregateOf(name: string, values: readonly Scalar[]): Scalar {
  return makers[name]!(values, name)
}

/** What a call of an aggregate is; undefined for other calls. */
export function aggregateCall(t: Translator, name: string, args: readonly Tree[], where: string): Scalar | undefined {
  if (!name.startsWith(aggregatePrefix)) return undefined
  const own = name.slice(aggregatePrefix.length)
  const make = makers[own]
  if (make === undefined) return undefined
  if (!t.aggregates) {
    throw new LambdaError(
      `${where}: ${own}() is of many rows, and this is a function of one. Use groupBy(...).agg(...), or the methods of a column: df.col('x').${own}().`,
    )
  }
  const values = args.map((arg) => t.value(arg))
  if (values.some(hasAggregate)) throw new LambdaError(`${where}: ${own}() of an aggregate`)
  return make(values, own)
}
