import { EventKind, type EventLog, type LossDetail, type WorkerDetail } from '../events/index.js'
import type { ServiceLog } from './service-log.js'

/** Tells of workers that join and leave a scheduler: a fold over its events. */
export function tellMembers(events: EventLog, log: ServiceLog): () => void {
  const names = new Map<number, string>()
  const retiring = new Set<number>()
  const count = (): string => `${names.size} ${names.size === 1 ? 'worker' : 'workers'}`

  /** `loss`: why it is lost; undefined: it leaves as planned */
  const leaves = (worker: number, loss?: string): void => {
    const name = names.get(worker) ?? String(worker)
    names.delete(worker)
    const moved = retiring.delete(worker)
    const expected = loss === undefined
    const reason = loss ?? (moved ? 'what it held has been moved' : 'it was closed')
    log.tell(
      expected ? 'plain' : 'bad',
      'worker-left',
      `worker ${name} ${expected ? 'leaves' : 'is lost'}: ${reason} (${count()})`,
      { name, reason, expected, workers: names.size },
    )
  }

  return events.listen((all, from, to) => {
    for (let n = from; n < to; n++) {
      const at = n & all.mask
      const worker = all.worker[at]!
      switch (all.kind[at]) {
        case EventKind.workerJoined: {
          const { name, host, threads } = all.detail(n) as WorkerDetail
          names.set(worker, name)
          const shape = `${threads} ${threads === 1 ? 'thread' : 'threads'}`
          log.tell('good', 'worker-joined', `worker ${name} joins from ${host}: ${shape} (${count()})`, {
            name,
            host,
            threads,
            workers: names.size,
          })
          break
        }
        case EventKind.workerRetiring:
          retiring.add(worker)
          break
        case EventKind.workerLeft:
          leaves(worker)
          break
        case EventKind.workerLost:
          leaves(worker, (all.detail(n) as LossDetail).reason)
          break
        default:
      }
    }
  })
}
