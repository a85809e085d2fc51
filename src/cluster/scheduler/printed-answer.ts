import type { PrintedLine, PrintedSince } from '../worker/printed-output.js'
import type { ClusterState } from './state.js'

/** Workers that are asked at once; more are asked in turn. */
const MOST_WORKERS = 200
/** Lines of one worker that one answer has. */
const MOST_LINES = 500

/** Lines that workers have printed, and what to ask with for those that follow. */
export interface PrintedAnswer {
  readonly lines: readonly (PrintedLine & { readonly worker: string })[]
  /** by name of the worker, the number of its next line */
  readonly seen: Readonly<Record<string, number>>
  /** the workers from which to go on */
  readonly turn: number
}

/** What workers have printed since `seen`. One that does not answer is left out, and asked again the next time. */
export async function printed(
  state: ClusterState,
  { seen = {}, turn = 0 }: { readonly seen?: Readonly<Record<string, number>>; readonly turn?: number },
): Promise<PrintedAnswer> {
  const all = [...state.workers.values()]
  const first = all.length <= MOST_WORKERS || turn >= all.length ? 0 : turn
  const asked = all.slice(first, first + MOST_WORKERS)
  const answers = await Promise.allSettled(
    asked.map(({ control, info }) => {
      const from = Object.hasOwn(seen, info.name) ? seen[info.name] : 0
      return control.ask('printedSince', { from, most: MOST_LINES }) as Promise<PrintedSince>
    }),
  )
  const next = new Map(Object.entries(seen))
  const lines = answers.flatMap((answer, i) => {
    if (answer.status === 'rejected') return []
    const worker = asked[i]!.info.name
    next.set(worker, answer.value.next)
    return answer.value.lines.map((line) => ({ ...line, worker }))
  })
  // Those that have left have nothing more to say.
  const names = new Set(all.map(({ info }) => info.name))
  for (const name of next.keys()) if (!names.has(name)) next.delete(name)
  return { lines, seen: Object.fromEntries(next), turn: first + MOST_WORKERS }
}
