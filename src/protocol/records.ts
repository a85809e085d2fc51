/*
 * The records that go through connections, as words of 32 bits: an operation, then its own words. `f64` stands for two
 * words, `text` and `block` for a number of bytes and the bytes, filled up to whole words. Graphs, tasks, attempts and
 * workers are the numbers of the scheduler machine, but for clients: those number their graphs themselves.
 */

/** From the scheduler to a worker. */
export const ToWorker = {
  /**
   * layer, captures, scratch (0 | 1), text name, text label, block payload, block annotations (none: no bytes): what the tasks
   * of a layer run
   */
  layer: 1,
  /** n, n times a layer: they will not come again */
  dropLayers: 2,
  /** worker, text address: where another worker is; without an address: it is gone */
  peer: 3,
  /**
   * graph, task, attempt, priority, rank, layer, index, bytes of the own parameter (-1: none), n, m,
   * n times (graph, task): the inputs; m times (graph, task, attempt, holder): those of them to be fetched; the own parameter
   */
  compute: 4,
  /** graph, task, attempt: forget the value */
  free: 5,
  /** graph, task, attempt: the result is not needed */
  cancel: 6,
  /** graph, task, attempt: say so if you have it */
  confirm: 7,
  /** graph, task, attempt: give the task back if it has not begun */
  steal: 8,
  /** graph, task, attempt, holder: get a copy of this value */
  replicate: 9,
  /** graph, task, then the three words of a key: a client has put this value here under that key */
  hold: 10,
} as const

/** From a worker to the scheduler. */
export const ToScheduler = {
  /** graph, task, attempt, f64 bytes, f64 seconds */
  finished: 1,
  /** graph, task, attempt, text message, block failure */
  erred: 2,
  /** graph, task, attempt */
  suspended: 3,
  /** graph, task, attempt, charged (0 | 1), text reason */
  interrupted: 4,
  /** graph, task, attempt, then graph, task, attempt of the input and its holder */
  inputMissing: 5,
  /** graph, task, attempt */
  hasReplica: 6,
  /** graph, task, attempt: it had not begun, and is given back */
  stolen: 7,
  /** graph, task, attempt: it had begun, and is kept */
  kept: 8,
  /** graph, task, attempt: the value is not here */
  lacks: 9,
  /**
   * graph, task, 0, f64, f64, f64: seconds that tasks of the layer of this one took to decode inputs and to encode results,
   * and that they waited for inputs on their way
   */
  spent: 10,
  /** graph, task, holder, f64: bytes that came from that worker for tasks of the layer of this one */
  received: 11,
} as const

/** From the scheduler to a client; the graphs are the client's. */
export const ToClient = {
  /** graph, task, holder, then what that worker knows the value by: graph, task: it is in memory there */
  inMemory: 1,
  /** error, block: an error that tasks have failed with */
  error: 2,
  /** graph, task, error: the task has failed */
  erred: 3,
  /** graph, task: the value is lost, and being computed again */
  lost: 4,
  /** worker, text address: where a worker is; without an address: it is gone */
  peer: 5,
} as const

/** From a client to the scheduler; the graphs are the client's. */
export const FromClient = {
  /** graph, n, n times a task: their values are not needed any more */
  release: 1,
  /** graph, task: run it again */
  retry: 2,
} as const
