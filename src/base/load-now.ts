import { createRequire } from 'node:module'

/**
 * Loads a module of Heddle when it is first needed, without waiting: importing `heddle` must not cost what only some
 * programs use. (Node ≥ 20.19 can require ES modules; the module is the same as `import` gives.)
 *
 * Only where nothing can be waited for: while an `import()` of what it needs is under way, Node 20 refuses, or aborts the process.
 *
 * @param url that of the module that asks: `import.meta.url`
 * @param path of the module that is wanted, from there
 */
export function loadNow(url: string, path: string): unknown {
  return createRequire(url)(path)
}
