import type { DuckDBConnection } from '@duckdb/node-api'
import { asError, describe } from '../base/index.js'
import { keepFailure } from './errors.js'
import { readerOf } from './read-values.js'
import { duckdbLibrary } from './library.js'
import { toDuckdb, typeNamed } from './load-rows.js'

/** A function of JavaScript for use in SQL. */
export interface JsFunction {
  readonly name: string
  readonly parameters: readonly string[]
  readonly result: string
  /** gets what `parameters` say as JavaScript values, null for NULL */
  readonly run: (...args: never[]) => unknown
  /** gives null when an argument is null, without a call */
  readonly strict: boolean
}

export function registerFunction(connection: DuckDBConnection, { name, parameters, result, run, strict }: JsFunction): void {
  const { DuckDBScalarFunction } = duckdbLibrary()
  const readers = parameters.map((type) => readerOf(type, type.startsWith('HUGEINT'), 'argument'))
  const call = run as (...args: unknown[]) => unknown
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name,
      parameterTypes: parameters.map(typeNamed),
      returnType: typeNamed(result),
      specialHandling: true,
      // Else it is called once for each value that a part of a file has, NULL among them, if there are few: also for those of rows
      // that were filtered out, which it may not expect.
      volatile: true,
      mainFunction: (info, chunk, output) => {
        try {
          const columns = parameters.map((_, i) => chunk.getColumnVector(i))
          const args: unknown[] = new Array(parameters.length)
          for (let row = 0; row < chunk.rowCount; row++) {
            let missing = false
            for (let i = 0; i < args.length; i++) {
              const value: unknown = columns[i]!.getItem(row)
              args[i] = value === null ? null : readers[i]!(value)
              if (value === null) missing = true
            }
            output.setItem(row, missing && strict ? null : checked(call(...args), result))
          }
          output.flush()
        } catch (error) {
          info.setError(keepFailure(asError(error)))
        }
      },
    }),
  )
}

const typesOf: Readonly<Record<string, string>> = {
  DOUBLE: 'number',
  VARCHAR: 'string',
  BOOLEAN: 'boolean',
  HUGEINT: 'bigint',
  BIGINT: 'bigint',
}

/** A value on its way into a column: nothing is converted that nobody asked for. */
function checked(value: unknown, type: string): never {
  const expected = typesOf[type]
  if (value !== null && value !== undefined && expected !== undefined && typeof value !== expected)
    throw new TypeError(`the function gave ${describe(value)} for a column of ${expected}s`)
  if (typeof value === 'string' && /\p{Cs}/u.test(value))
    throw new TypeError(
      `the function gave ${describe(value)}, which ends or begins in the middle of a character: no column can hold that`,
    )
  return toDuckdb(value, type) as never
}
