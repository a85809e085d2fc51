import type { ThreadMemory } from '../base/index.js'
import type { Annotations } from '../graph/index.js'

/*
 * What the main thread and an executor thread (or process) say to each other. Everything of one tick goes in one
 * message; numbers go as typed arrays, so that a task costs no object.
 */

/** What the tasks of a layer run, sent to a lane once. */
export interface LayerPayload {
  readonly id: number
  readonly label: string
  readonly name: string
  /** {run, shared}, encoded */
  readonly bytes: Uint8Array
  /** how many inputs at the end of each task's stand for values that the function captured */
  readonly captures: number
  readonly scratch: string | undefined
  /** what the user said of its tasks */
  readonly annotations: Annotations | undefined
}

/** A piece of shared memory with encoded values in it: memory of its own, or where it begins in that of the pool. */
export type SegmentEntry = readonly [id: number, memory: SharedArrayBuffer | number, bytes: number]

/** Memory of the pool in which a lane may make segments. */
export type Lease = readonly [address: number, bytes: number]

export interface Batch {
  readonly layers?: LayerPayload[]
  /** layers that will not come again */
  readonly dropLayers?: number[]
  /** segments that the lane will meet for the first time */
  readonly segments?: SegmentEntry[]
  /** segments that hold nothing: the lane may write its results there */
  readonly spares?: SegmentEntry[]
  /** memory of the pool in which the lane may make segments */
  readonly leases?: Lease[]
  /** segments that the lane will not meet again */
  readonly dropSegments?: number[]
  /** slots of tasks that had seceded, and have a place again */
  readonly rejoined?: number[]
  /**
   * by task: slot, layer, index, kind of own parameter, number of inputs, and the two words of a parameter that is a number;
   * by input: kind, and segment, offset, length, or the two words of a number
   */
  readonly words: Int32Array
  /** the values that `words` refers to, in order */
  readonly values: unknown[]
}

/** How an input, an own parameter or a result is given. */
export const ValueKind = {
  none: 0,
  /** the next of `values` */
  direct: 1,
  /** encoded: the next of `values` is the bytes */
  bytes: 2,
  /** encoded, in a segment */
  segment: 3,
  /** a number: it stands where the others say where they are, for most results are, and a list of values has to be cloned */
  number: 9,
} as const

const float = new Float64Array(1)
const halves = new Int32Array(float.buffer)

/** Writes a number as two words. */
export function writeNumber(words: Int32Array, at: number, value: number): void {
  float[0] = value
  words[at] = halves[0]!
  words[at + 1] = halves[1]!
}

/** Reads what `writeNumber` wrote. */
export function readNumber(words: Int32Array, at: number): number {
  halves[0] = words[at]!
  halves[1] = words[at + 1]!
  return float[0]!
}

/** How a task ended, beside `ValueKind` for those that have a result. */
export const EndKind = {
  ...ValueKind,
  /** it threw; the next of `values` is a Failure */
  error: 4,
  /** it has not ended: it waits for a promise */
  suspended: 5,
  /** it has not ended: it will compute for long, and others are to have a thread instead of this one */
  seceded: 6,
  /** it has seceded, and waits for a place among the threads that compute */
  rejoining: 7,
  /** it has ended, and is to be run again, elsewhere */
  rescheduled: 8,
} as const

/** Whether a task that is told of has not ended, and goes on. */
export function goesOn(kind: number): boolean {
  return kind >= EndKind.suspended && kind <= EndKind.rejoining
}

/** An error on its way to the main thread. */
export interface Failure {
  readonly error: Uint8Array
  /** its text, for those who cannot decode it */
  readonly message: string
  /** which part of the task threw it, if it has several */
  readonly step: { readonly number: number; readonly label: string } | undefined
}

/** Numbers by end: slot, kind, seconds, segment (or the number that is the result), offset, length, and of the seconds those of decoding and of encoding. */
export const END_LENGTH = 8

export interface Ends {
  readonly ends: Float64Array
  readonly values: unknown[]
  /** segments that the lane made */
  readonly segments?: SegmentEntry[]
  /** segments that the lane writes into no more */
  readonly sealed?: number[]
  /** facts that tasks attached to themselves, encoded */
  readonly noted?: [slot: number, layer: number, index: number, facts: Uint8Array][]
}

/** What a lane is given when it starts. */
export interface LaneStart {
  readonly lane: number
  /** where the lane notes the slot that it is running, plus one: read when it has died. Threads only */
  readonly running: Int32Array | undefined
  /** whether it shares memory with the main thread: results go into segments, else as bytes */
  readonly shared: boolean
  /** the memory of the pool, if it has one */
  readonly memory?: ThreadMemory | undefined
  /** the setting memory.hugePages */
  readonly hugePages?: boolean
}

/** The environment data of threads by which they know what they are to set up before their first task. */
export const THREAD_PLUGINS = 'heddle.threadPlugins'
