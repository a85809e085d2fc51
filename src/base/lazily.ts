import { InvariantError } from './errors.js'

/** Code that is loaded when it is first needed: importing `heddle` must not cost what only some programs use. */
export interface Lazy<out Code> {
  /** What was loaded. @throws InvariantError before `load()` has resolved */
  readonly code: Code
  readonly isLoaded: boolean
  /** Loads it; undefined: it is there already. A load that failed is tried again. */
  load(): Promise<void> | undefined
}

/**
 * Declares code that is loaded on demand. Whoever needs it awaits `load()` once, and uses `code` without waiting from then on.
 *
 * It is imported, and never required where nothing can be waited for: while an `import()` of a module that it shares with
 * others is under way, Node 20 refuses to require it, or aborts the process.
 *
 * @param importing an `import()`
 * @param needed other code that this code uses
 * @example
 * const sorting = lazily(() => import(…)) // of ./sort.js
 * await sorting.load()
 * sorting.code.sort(values)
 */
export function lazily<Code extends object>(importing: () => Promise<Code>, ...needed: readonly Lazy<object>[]): Lazy<Code> {
  let loaded: Code | undefined
  let loading: Promise<void> | undefined
  return {
    get code() {
      if (loaded === undefined) throw new InvariantError(`the code of ${String(importing)} is used before it was loaded`)
      return loaded
    },
    get isLoaded() {
      return loaded !== undefined
    },
    load() {
      if (loaded !== undefined) return undefined
      loading ??= Promise.all([importing(), ...needed.map((other) => other.load())]).then(
        ([code]) => {
          loaded = code
        },
        (error: unknown) => {
          loading = undefined
          throw error
        },
      )
      return loading
    },
  }
}
