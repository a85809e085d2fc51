import { EventKind, type GroupProgress } from '../events/index.js'
import { GIVEN } from './digest.js'

/** What is known of the tasks of one label, or of one span. */
export interface GroupModel extends GroupProgress {
  /** numbers of groups are those of the column `group` of `RunRing` */
  readonly number: number
  /** bytes of all results */
  bytes: number
  retried: number
  /** results that were lost with their worker */
  lost: number
  /** results that were copied to another worker */
  copies: number
  interrupted: number
  /** seconds of the model's clock: when it was heard of first and last */
  first: number
  last: number
  /** graphs that it has tasks in and that are not done with */
  graphs: number
}

export function newGroup(label: string, number: number, time: number): GroupModel {
  return {
    label,
    number,
    total: 0,
    done: 0,
    erred: 0,
    seconds: 0,
    bytes: 0,
    retried: 0,
    lost: 0,
    copies: 0,
    interrupted: 0,
    first: time,
    last: time,
    graphs: 0,
  }
}

/** Adds what happened to n tasks to a group; gives by how many fewer are left to be done. */
export function countInto(group: GroupModel, kind: number, n: number, value: number, time: number): number {
  group.last = Math.max(group.last, time)
  switch (kind) {
    case EventKind.taskStored:
      group.done += n
      group.bytes += value
      return n
    case GIVEN:
      group.total -= n
      return n
    case EventKind.taskFinished:
      group.seconds += value
      return 0
    case EventKind.taskLost:
      group.done -= n
      group.lost += n
      return -n
    case EventKind.taskRequired:
      // Its value says whether there was a result.
      group.done -= value
      return -value
    case EventKind.taskErred:
    case EventKind.taskUpstreamErred:
      group.erred += n
      return n
    case EventKind.taskForgiven:
      group.erred -= n
      return -n
    case EventKind.taskRetried:
      group.retried += n
      return 0
    case EventKind.taskInterrupted:
      group.interrupted += n
      return 0
    case EventKind.replicaAdded:
      group.copies += n
      return 0
    default:
      return 0
  }
}
