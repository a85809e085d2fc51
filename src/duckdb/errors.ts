import { HeddleError, asError } from '../base/index.js'

/** DuckDB refused a statement or failed in the middle of it. */
export class QueryError extends HeddleError {
  static {
    QueryError.prototype.name = 'QueryError'
  }
  /** what DuckDB calls the mistake: 'Conversion Error', 'IO Error' … */
  readonly kind: string
  constructor(message: string, kind: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** A library that only some programs need is not installed. */
export class MissingLibrary extends HeddleError {
  static {
    MissingLibrary.prototype.name = 'MissingLibrary'
  }
}

/** An integer that JavaScript's numbers cannot hold. */
export class UnsafeInteger extends HeddleError {
  static {
    UnsafeInteger.prototype.name = 'UnsafeInteger'
  }
}

const advice: readonly (readonly [RegExp, string])[] = [
  [
    /^Out of Memory/,
    ' Give it more with the setting duckdb.memoryLimit, use fewer threads (duckdb.threads), or ask for less: fewer columns, a filter before the join or sort.',
  ],
  [
    /No magic bytes|too small to be a Parquet|Invalid Parquet|TProtocolException|failed to read/i,
    ' The file is damaged, cut off, or no Parquet file.',
  ],
]

/** DuckDB's error with its kind, and what to do about it. */
export function queryError(thrown: unknown): HeddleError {
  if (thrown instanceof HeddleError) return thrown
  const { message } = asError(thrown)
  const [, kind = 'Error'] = /^([A-Z][\w ]*? Error)\b/.exec(message) ?? []
  const text = message.replace(/^[A-Z][\w ]*? Error: /, '').trim()
  const [, more] = advice.find(([is]) => is.test(message)) ?? []
  return new QueryError(`DuckDB (${kind}): ${text}${more ?? ''}`, kind, { cause: thrown })
}
