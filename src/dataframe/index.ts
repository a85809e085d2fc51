export {
  approxNunique,
  approxQuantile,
  corr,
  count,
  cov,
  every,
  first,
  idxmax,
  idxmin,
  kurt,
  last,
  list,
  max,
  mean,
  median,
  min,
  mode,
  nunique,
  product,
  quantile,
  sem,
  skew,
  some,
  std,
  sum,
  variance,
} from './aggregates.js'
export { type AssignOptions, DataFrame, type SortOptions, concat } from './data-frame.js'
export type { Totals } from './made-columns.js'
export { type ConversionOptions, toDatetime, toNumeric, toTimedelta } from './conversions.js'
export { fromArrow, readArrow } from './arrow.js'
export type { ArrowLike } from './arrow-rows.js'
export { type PieceOptions, type WriteAvroFileOptions, readAvro } from './avro.js'
export { type ReadSqlOptions, type WriteSqlOptions, readSql, readSqlQuery, readSqlTable } from './sql-databases.js'
export type { SqlPartitioning } from './sql-pieces.js'
export { type Field, type ReadTextOptions, readFwf, readTable, readText } from './text-readers.js'
export { type Connection, DatabaseError, MissingDriver } from '../drivers/index.js'
export { ColumnError, DataFrameError } from './errors.js'
export { Expr, col } from './expr.js'
export { type TimeseriesOptions, type TimeseriesRow, timeseries } from './timeseries.js'
export { fromArray, fromColumns, fromRecords } from './from-records.js'
export { fromBag, fromDelayed, fromMap } from './partitions.js'
export { CategoricalAccessor } from './categorical-accessor.js'
export { DateTimeAccessor } from './date-time-accessor.js'
export { StringAccessor } from './string-accessor.js'
export { type ExpandingOptions, Rolling, type RollingOptions } from './rolling.js'
export { type ResampleOptions, Resampler } from './resampler.js'
export { sql } from './statement.js'
export type { AsOfOptions } from './as-of.js'
export { GroupBy } from './group-by.js'
export type { AggOptions } from './plan/relation.js'
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
export type { ToArrayOptions } from './to-array.js'
export type { Agg, Assign, Cell, Columns, Group, JoinHow, Maker, Name, Predicate, Table } from './types.js'
export { LambdaError } from '../lambda/index.js'
export { MissingLibrary, QueryError, UnsafeInteger, UntransferableType } from '../duckdb/index.js'
export type { WriteCsvOptions, WriteParquetOptions } from './writers.js'
