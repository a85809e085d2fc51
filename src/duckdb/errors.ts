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
    /No magic bytes|Footer length error|too small to be a Parquet|Invalid Parquet|TProtocolException|Out of buffer|decompression failure|(snappy|gzip|lz4|brotli|zstd).*(corrupt|fail)/i,
    ' The file is damaged, cut off, or no Parquet file.',
  ],
]

const failures = new Map<string, Error>()
let failed = 0

/** Keeps what a function of the program threw; gives the text that stands for it on its way through DuckDB. */
export function keepFailure(error: Error): string {
  const mark = `heddle failure ${++failed}`
  failures.set(mark, error)
  // A query tells its first failure only; those of its other threads are never asked for.
  if (failures.size > 100) failures.delete(failures.keys().next().value!)
  return mark
}

/** DuckDB's error with its kind, and what to do about it. */
export function queryError(thrown: unknown): HeddleError {
  if (thrown instanceof HeddleError) return thrown
  const { message } = asError(thrown)
  const [mark] = /heddle failure \d+/.exec(message) ?? []
  const cause = mark === undefined ? undefined : failures.get(mark)
  if (cause !== undefined) {
    failures.delete(mark!)
    return new QueryError(`A function of rows failed: ${cause.name}: ${cause.message}`, 'Function', { cause })
  }
  const [, kind = 'Error'] = /^([A-Z][\w ]*? Error)\b/.exec(message) ?? []
  return new QueryError(csvMessage(message) ?? `DuckDB (${kind}): ${plainMessage(message)}`, kind, { cause: thrown })
}

/** Without the statement, which users did not write, and advice about options that are not theirs. */
function plainMessage(message: string): string {
  const [text] = message
    .replace(/^[A-Z][\w ]*? Error: /, '')
    // Those are tables of DuckDB itself.
    .replace(/\nDid you mean "(pg_|duckdb_|sqlite_|information_schema)[^\n]*/, '')
    .split(
      /\n+LINE \d+: |\nThis can happen when|\n+Possible solutions:|\n+Stack Trace:|\nIf you are trying to read files with different/,
    )
  const [, more] = advice.find(([is]) => is.test(message)) ?? []
  return `${text!.trim()}${more === undefined ? '' : `.${more}`}`
}

/** Where in a CSV file something is wrong, in one line; undefined for other errors. */
function csvMessage(message: string): string | undefined {
  const [, line] = /CSV Error on Line: (\d+)/.exec(message) ?? []
  const [, file] = /\n\s*file = (.*)/.exec(message) ?? []
  if (line === undefined || file === undefined) return undefined
  const [, original = ''] = /\nOriginal Line: (.*)/.exec(message) ?? []
  const [, , told = ''] = /\nOriginal Line: (.*)\n(.*)/.exec(message) ?? []
  // Where a quote is not closed, what follows belongs to the line.
  const what = /unterminated quote/i.test(message) ? 'A quote is opened that nothing closes.' : told
  return `${file}, line ${line}: ${what.trim()} The line is: ${original}`
}
