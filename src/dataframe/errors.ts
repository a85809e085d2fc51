import { HeddleError, nearest } from '../base/index.js'

/** A column that is not there, or not of the type it must have. */
export class ColumnError extends HeddleError {
  static {
    ColumnError.prototype.name = 'ColumnError'
  }
}

/** A dataframe cannot be built or computed as it was asked for. */
export class DataFrameError extends HeddleError {
  static {
    DataFrameError.prototype.name = 'DataFrameError'
  }
}

export function missingColumn(name: string, columns: readonly { readonly name: string }[], where: string): ColumnError {
  const names = columns.map((column) => column.name)
  const near = nearest(name, names)
  const hint =
    near === undefined
      ? `There are: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`
      : `Did you mean "${near}"?`
  return new ColumnError(`${where}: there is no column "${name}". ${hint}`)
}
