import { createRequire } from 'node:module'

/**
 * Loads a module of Heddle when it is first needed, without waiting: importing `heddle` must not cost what only some
 * programs use. (Node ≥ 20.19 can require ES modules; the module is the same as `import` gives.)
 *
 * While an `import()` of what it needs is under way, Node 20 refuses, or aborts the process. So task functions declare their code
 * with `lazyOperation`, what may wait uses `import()`, and this is for what is left: functions that must answer at once. What they
 * load is needed by nobody else (test/base/load-now.test.ts holds that), except
 * - executors, in programs that have imported `heddle/bag` and its like but not `heddle`: `compute()` takes the values of captured
 *   variables as they are at that moment, so it cannot wait for code first; the history, there too, is told of a run when it starts
 * - dataframes for `toDataFrame` of arrays, and arrays for `toArray` of dataframes, which are given at once.
 * A program that calls those for the first time while its own import of another face of Heddle is under way should await that before.
 *
 * @param url that of the module that asks: `import.meta.url`
 * @param path of the module that is wanted, from there
 */
export function loadNow(url: string, path: string): unknown {
  return createRequire(url)(path)
}
