export {
  Database,
  type DatabaseBudget,
  type QueryOptions,
  type RowsSource,
  type StatementSource,
  type TableSource,
} from './database.js'
export { askOfFiles, describeFiles } from './ask-of-files.js'
export { askNow, describeNow } from './describe-now.js'
export { MissingLibrary, QueryError, UnsafeInteger } from './errors.js'
export type { JsFunction } from './js-function.js'
export { arrowFromBytes, arrowToBytes } from './arrow-bytes.js'
export { type ArrowMessage, type ArrowOutline, outlineArrow, readArrowMessages } from './arrow-outline.js'
export type { ResultColumn, ResultRows } from './result-rows.js'
export {
  TableFiles,
  type TableValue,
  type WriteTable,
  type WrittenTable,
  filesSql,
  keyColumn,
  partFolder,
  tablesSql,
  withFolder,
  writeTable,
} from './table-value.js'
export { UntransferableType } from './wire-types.js'
export type { DataType as ArrowType, Table as ArrowTable } from 'apache-arrow'
export { type NumberColumn, SideDatabase, type SideDatabaseOptions, isDuckdbInstalled } from './side-database.js'
export { isOutOfMemory } from './out-of-memory.js'
