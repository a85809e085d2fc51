/**
 * Everything that can happen, as numbers, so that a million tasks cost no objects. What an event's `graph`, `task`,
 * `worker` and `value` hold is said beside it; a field that does not apply is -1 (`value`: 0). Logs, progress, the
 * dashboard and history are folds over these. Numbers are never reused: saved runs must stay readable.
 */
export const EventKind = {
  /** graph; value = number of tasks; detail = GraphDetail */
  graphSubmitted: 1,
  /** graph; every task is done with and its state is gone */
  graphForgotten: 2,
  /** graph; value = number of tasks that are kept: of the rest nothing can be had any more */
  graphArchived: 3,
  /** graph, task: all its dependencies are in memory */
  taskReady: 10,
  /** graph, task, worker: sent to the worker */
  taskSent: 11,
  /** graph, task, worker: its function returned a promise that is not settled; the worker's slot is free meanwhile */
  taskSuspended: 12,
  /** graph, task, worker; value = seconds the function took; the next event is its taskStored */
  taskFinished: 13,
  /** graph, task, worker; value = bytes of the result; worker -1: it only stands for a value of another graph */
  taskStored: 14,
  /** graph, task, worker; detail = TaskErrorDetail */
  taskErred: 15,
  /** graph, task: erred because a dependency did; value = its number, -1 for the task of another graph that this one stands for */
  taskUpstreamErred: 16,
  /** graph, task, worker: threw, and is to run again; value = retries left */
  taskRetried: 17,
  /** graph, task, worker: the worker was lost while it ran the task; value = how often that has happened to it */
  taskInterrupted: 18,
  /** graph, task: nobody wants its result any more; value = bytes set free, 0 of what only stands for a value of another graph */
  taskReleased: 19,
  /** graph, task: cancelled before it had a result */
  taskCancelled: 20,
  /** graph, task: its result was lost and is computed again if something needs it; value = bytes that were held of it */
  taskLost: 21,
  /** graph, task, worker: a copy of the result arrived at this worker too */
  replicaAdded: 22,
  /** graph, task, worker: the worker could not get an input of the task, which waits again; value = the dependency's number, -1: it is not known any more */
  inputMissing: 23,
  /** graph, task: no worker there is may run it (resources, restrictions) */
  taskUnrunnable: 24,
  /** graph, task: it has no result, and something needs one again; value = 1: it had one, which was released */
  taskRequired: 25,
  /** graph, task: it had failed, and may run again */
  taskForgiven: 26,
  /** graph, task, worker: was meant for that worker or sent to it, and goes elsewhere; value = where, -1: to be seen */
  taskStolen: 27,
  /** graph, task, worker: a worker could not get the result from this one, the last that has it, which is asked whether it does */
  valueDoubted: 28,
  /** graph, task, worker: the worker is to drop its copy of the result, others have it; value = bytes */
  replicaRemoved: 29,
  /** worker; detail = WorkerDetail */
  workerJoined: 30,
  /** worker: left as planned */
  workerLeft: 31,
  /** worker: vanished; detail = LossDetail */
  workerLost: 32,
  /** worker: is short of memory, and gets nothing new */
  workerPaused: 33,
  /** worker: gets new tasks again */
  workerResumed: 34,
  /** worker: is to leave: it gets nothing new, and what only it holds is copied to others */
  workerRetiring: 35,
  /** value = the client's number: it is gone, and nothing is done for it any more */
  clientDropped: 40,
  /** value = the client's number; detail = ClientDetail */
  clientJoined: 41,
  /** graph, layer, worker; value = seconds in which threads decoded inputs of tasks */
  inputsDecoded: 50,
  /** graph, layer, worker; value = seconds in which threads encoded results of tasks */
  resultsEncoded: 51,
  /** graph, layer, worker; value = seconds that tasks waited there for inputs on their way, summed over tasks */
  inputsAwaited: 52,
  /** graph, layer, worker; value = bytes of inputs that came there from other workers */
  inputsReceived: 53,
  /** graph, layer, worker; value = bytes that this worker sent to others for tasks of that layer */
  inputsSent: 54,
  /** worker; value = seconds in which its threads had nothing to do while inputs were on their way from other workers */
  idleForInputs: 55,
  /** worker; value = seconds in which its threads had nothing to do while inputs were being read from disk */
  idleForDisk: 56,
  /** worker; value = seconds in which its threads had nothing to do because no task may start for want of memory */
  idleForMemory: 57,
  /** worker; value = bytes of values that went to disk */
  valuesSpilled: 58,
  /** worker; value = seconds that took */
  spillingTook: 59,
  /** worker; value = bytes of values that came back from disk */
  valuesRestored: 60,
  /** worker; value = seconds that took */
  restoringTook: 61,
  /** worker; value = bytes that its process takes */
  memoryMeasured: 62,
} as const

export type EventKindName = keyof typeof EventKind
export type EventKindNumber = (typeof EventKind)[EventKindName]

const names: EventKindName[] = []
for (const [name, number] of Object.entries(EventKind)) names[number] = name as EventKindName

/** The name of a kind, as in `EventKind`. */
export function eventKindName(kind: number): EventKindName {
  return names[kind]!
}

/** What a graphSubmitted event says beside its numbers. */
export interface GraphDetail {
  /** what progress groups tasks by: one label a layer */
  readonly labels: readonly string[]
  /** the number of tasks of each layer */
  readonly sizes: readonly number[]
  /** the spans that the tasks of each layer belong to, the outermost first; not there where none belongs to any */
  readonly spans?: readonly (readonly string[])[]
  /** the number of the client that submitted it, where there are clients */
  readonly client?: number
}

/** What a clientJoined event says beside its numbers: whose program it is. */
export interface ClientDetail {
  readonly name: string
  readonly user?: string | undefined
  readonly host?: string | undefined
  /** the file of the program */
  readonly program?: string | undefined
  /** what its costs are charged to */
  readonly project?: string | undefined
  /** of its code: the version of its package, and the commit */
  readonly version?: string | undefined
  readonly heddle?: string | undefined
  readonly node?: string | undefined
}

/** What a workerJoined event says beside its numbers. */
export interface WorkerDetail {
  readonly name: string
  readonly host: string
  readonly threads: number
  /** the job of a queue that it is part of, and the pool of workers that it belongs to */
  readonly job?: string | undefined
  readonly pool?: string | undefined
}

/** What a workerLost event says beside its numbers. */
export interface LossDetail {
  readonly reason: string
}

/** What a taskErred event says beside its numbers. */
export interface TaskErrorDetail {
  readonly message: string
}

export type EventDetail = ClientDetail | GraphDetail | WorkerDetail | LossDetail | TaskErrorDetail

/** One event as an object: for reading, not for the hot path. */
export interface HeddleEvent {
  readonly kind: EventKindName
  /** seconds, as the clock of the machine that recorded it counts */
  readonly time: number
  readonly graph: number
  readonly task: number
  readonly layer: number
  readonly worker: number
  readonly value: number
  readonly detail?: EventDetail
}
