import type { RunModel } from '../../../model/index.js'

/** What lies in one row of a stream: a thread of a worker. */
export interface StreamRows {
  /** by number of the worker, its first row; -1: it is not shown */
  readonly first: Int32Array
  readonly rows: number
  readonly workers: readonly { readonly number: number; readonly name: string; readonly first: number; readonly rows: number }[]
}

/** The rows of the workers that are there, and of those that did something within the time shown. */
export function rowsOf(model: RunModel, from: number, only?: number): StreamRows {
  const first = new Int32Array(model.workers.length).fill(-1)
  const workers: { number: number; name: string; first: number; rows: number }[] = []
  let rows = 0
  for (const worker of model.workers) {
    if (!worker || (only !== undefined && worker.number !== only)) continue
    if (worker.ended !== undefined && worker.ended < from) continue
    first[worker.number] = rows
    workers.push({ number: worker.number, name: worker.facts.name, first: rows, rows: worker.rows.rows })
    rows += worker.rows.rows
  }
  return { first, rows, workers }
}
