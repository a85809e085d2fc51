/*
 * The life of a task on the scheduler.
 *
 *   released ──require──▶ waiting ──inputs in memory──▶ ready ──feed──▶ processing ──finished──▶ memory ◀──────────┐
 *      ▲                     ▲  │                         │  ▲  ▲          │   │ └─suspended─▶ (still processing,   │ it has
 *      │                     │  └────── abandon ──────────┤  │  └──stolen──┤   │               but holds no slot)   │ it
 *      │                     │                            │  └─interrupted─┘   └─erred─▶ erred ─retry─▶ released  │
 *      ├─────────────────────┼────────────────────────────┘                                                       │
 *      └── nobody wants it ──┴── lost with its worker ◀── memory ──its last holder could not be reached──▶ unsure ──┘
 */

/** Has no result, and nothing that goes on needs one. */
export const RELEASED = 0
/** Something needs its result; some of its inputs are not in memory. */
export const WAITING = 1
/** All its inputs are in memory; it stands in a queue of the scheduler. */
export const READY = 2
/** Sent to a worker. */
export const PROCESSING = 3
/** Sent to a worker, and waiting there for a promise: it holds no slot of the worker. */
export const SUSPENDED = 4
/** Its result is held by at least one worker. */
export const MEMORY = 5
/** It failed, or a task that it needs did. */
export const ERRED = 6
/** A worker could not get the result from its last holder, which was asked whether it has it. Nothing may use it meanwhile. */
export const UNSURE = 7

export const taskStateNames = ['released', 'waiting', 'ready', 'processing', 'suspended', 'memory', 'erred', 'unsure'] as const
export type TaskStateName = (typeof taskStateNames)[number]
