import { createRequire } from 'node:module'
import type * as DuckDB from '@duckdb/node-api'
import type * as Arrow from 'apache-arrow'
import type * as ArrowFooters from 'apache-arrow/ipc/metadata/file'
import { MissingLibrary } from './errors.js'

/** DuckDB's package, loaded when a dataframe is first computed: 60 ms that no other program is to pay. */
export function duckdbLibrary(): typeof DuckDB {
  return load('@duckdb/node-api') as typeof DuckDB
}

export function arrowLibrary(): typeof Arrow {
  return load('apache-arrow') as typeof Arrow
}

/** What reads the end of a file of Arrow, which lists its batches. */
export function arrowFooters(): typeof ArrowFooters.Footer {
  // It uses what others of the package's modules put in.
  arrowLibrary()
  return (load('apache-arrow/ipc/metadata/file') as typeof ArrowFooters).Footer
}

const loaded = new Map<string, unknown>()

/** To ask Node for a module that is there takes microseconds, and values ask for it one by one. */
function load(name: string): unknown {
  const known = loaded.get(name)
  if (known !== undefined) return known
  try {
    const library: unknown = createRequire(import.meta.url)(name)
    loaded.set(name, library)
    return library
  } catch (error) {
    throw new MissingLibrary(
      `Dataframes need the package ${name}, which cannot be loaded here. Install it: npm install ${name}`,
      {
        cause: error,
      },
    )
  }
}
