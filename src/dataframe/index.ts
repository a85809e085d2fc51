export {
  corr,
  count,
  cov,
  every,
  first,
  kurt,
  last,
  list,
  max,
  mean,
  median,
  min,
  nunique,
  product,
  quantile,
  skew,
  some,
  std,
  sum,
  variance,
} from './aggregates.js'
export { type AssignOptions, DataFrame, type SortOptions, type Totals, concat } from './data-frame.js'
export { type ConversionOptions, toDatetime, toNumeric, toTimedelta } from './conversions.js'
export { ColumnError, DataFrameError } from './errors.js'
export { Expr, col } from './expr.js'
export { fromRecords } from './from-records.js'
export { CategoricalAccessor } from './categorical-accessor.js'
export { DateTimeAccessor } from './date-time-accessor.js'
export { StringAccessor } from './string-accessor.js'
export { type ExpandingOptions, Rolling, type RollingOptions } from './rolling.js'
export { type ResampleOptions, Resampler } from './resampler.js'
export { sql } from './statement.js'
export type { AsOfOptions } from './as-of.js'
export { GroupBy } from './group-by.js'
export type { FunctionOptions, TypeName } from './lambdas.js'
export {
  type AnyRow,
  type ReadCsvOptions,
  type ReadJsonOptions,
  type ReadParquetOptions,
  type RowOf,
  type Schema,
  type SchemaType,
  readCsv,
  readJson,
  readParquet,
} from './readers.js'
export { Scalar, Series } from './series.js'
export type { Agg, Assign, Cell, Columns, Group, JoinHow, Maker, Name, Predicate, Table } from './types.js'
export { LambdaError } from '../lambda/index.js'
export { MissingLibrary, QueryError, UnsafeInteger } from '../duckdb/index.js'
export type { WriteCsvOptions, WriteParquetOptions } from './writers.js'
