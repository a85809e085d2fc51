import type { GroupAccount, WorkerAccount } from './account.js'
import type { Accounts } from './accounting.js'

/** Shares of time below this are not worth a word. */
const NOTABLE = 0.15
/** Tasks shorter than this spend much of a cluster's time on being told of, in seconds. */
const SHORT = 0.002

interface Finding {
  /** the share of the threads' time that could be had back, about */
  readonly share: number
  readonly text: string
}

/**
 * What would make it faster, the most first, a sentence each: where the time of the threads went that did not compute, and
 * what usually helps. Nothing when there is too little to judge by.
 *
 * @example
 * adviceOn(fold.accounts())[0] // '62 % of worker time waits for inputs, 90 % of them from worker-3: …'
 */
export function adviceOn({ groups, workers, paths, available }: Accounts): string[] {
  const total = (of: (group: GroupAccount) => number): number => groups.reduce((sum, group) => sum + of(group), 0)
  const all = (of: (worker: WorkerAccount) => number): number => workers.reduce((sum, worker) => sum + of(worker), 0)
  const running = total(({ running: seconds }) => seconds)
  const tasks = total(({ done }) => done)
  if (!(available > 0) || tasks === 0) return []
  const findings: Finding[] = []
  const found = (share: number, text: string): void => {
    if (share >= NOTABLE) findings.push({ share, text })
  }
  const idle = Math.max(0, available - running)

  const inputs = all(({ idleForInputs }) => idleForInputs) / available
  const sent = all((worker) => worker.sent)
  const sender = workers.reduce<WorkerAccount | undefined>((most, one) => (one.sent > (most?.sent ?? 0) ? one : most), undefined)
  const much = sender && sent > 0 && workers.length > 2 ? sender.sent / sent : 0
  found(
    inputs,
    much >= 0.5
      ? `${percent(inputs)} of worker time waits for inputs, ${percent(much)} of their bytes from ${sender!.name}: replicate what it holds, or split it over more workers`
      : `${percent(inputs)} of worker time waits for inputs from other workers: use fewer, larger partitions, fuse steps, or put what belongs together in one place`,
  )

  const disk = (all(({ idleForDisk }) => idleForDisk) + all(({ idleForMemory }) => idleForMemory)) / available
  found(disk, `${percent(disk)} of worker time waits for memory or disk: give workers more memory, or use smaller partitions`)

  const coding = (total(({ decoding }) => decoding) + total(({ encoding }) => encoding)) / available
  const coder = most(groups, ({ decoding, encoding }) => decoding + encoding)
  found(
    coding,
    `${percent(coding)} of worker time encodes and decodes values, most of it those of ${coder?.label}: pass typed arrays or plain records instead of objects, or less of them`,
  )

  const failed = total(({ retried, interrupted }) => retried + interrupted) / tasks
  found(Math.min(1, failed), `${percent(failed)} of the tasks ran again after errors or lost workers: see the errors first`)

  const spare = idle / available
  const rest = spare - inputs - disk
  if (paths.elapsed > 0 && paths.running / paths.elapsed > 0.7 && rest > 0.3) {
    const longest = most(groups, ({ criticalSeconds }) => criticalSeconds)
    const share = longest ? longest.criticalSeconds / paths.running : 0
    found(
      rest,
      `a chain of ${Math.round(paths.tasks / Math.max(1, paths.graphs))} tasks takes ${percent(paths.running / paths.elapsed)} of the time, ${percent(share)} of it in ${longest?.label}: more workers will not help; make that one faster, or cut it into parts that run side by side`,
    )
  } else if (rest > 0.3 && running / tasks < SHORT) {
    found(
      rest,
      `tasks take ${milliseconds(running / tasks)} on average and threads are idle for ${percent(rest)} of the time: put more into each task`,
    )
  } else if (rest > 0.5) {
    found(
      rest,
      `threads have no task for ${percent(rest)} of the time: there is less to do at once than there are threads; use more partitions, or fewer workers`,
    )
  }
  if (findings.length === 0 && spare < 0.1) {
    const longest = most(groups, ({ running: seconds }) => seconds)
    findings.push({
      share: 0,
      text: `threads compute for ${percent(1 - spare)} of the time, most of it ${longest?.label}: more workers would help, or a faster ${longest?.label}`,
    })
  }
  return findings.sort((a, b) => b.share - a.share).map(({ text }) => text)
}

function most(groups: readonly GroupAccount[], of: (group: GroupAccount) => number): GroupAccount | undefined {
  let best: GroupAccount | undefined
  for (const group of groups) if (!best || of(group) > of(best)) best = group
  return best
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

function milliseconds(seconds: number): string {
  return `${Number((seconds * 1000).toPrecision(2))} ms`
}
