import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Transferable } from 'node:worker_threads'
import { type ThreadMemory, loaderFlags } from '../base/index.js'
import { addressSpaceFlags } from '../config/index.js'
import { heapOfLane, laneEnvironment, threadOfLane } from './first-thread.js'
import type { LaneTalk } from './lane-calls.js'
import type { Batch, Ends, LaneStart } from './lane-protocol.js'

/** What a pool does with what its lanes say. */
export interface LaneEvents {
  ready(): void
  ends(ends: Ends): void
  said(message: LaneTalk): void
  /** it is gone; `reason` is what is known of why */
  gone(reason: string): void
}

/** Something that runs tasks one after the other: a thread, or a process. */
export interface Lane {
  readonly id: number
  /** whether it shares memory with this thread */
  readonly shared: boolean
  /** 'thread 2', 'process 12345' */
  readonly name: string
  post(message: Batch | LaneTalk, transfer?: readonly Transferable[]): void
  /** Lets it keep the process alive, or not. */
  ref(): void
  unref(): void
  /** The slot that it is running, -1: none, undefined: not known. */
  running(): number | undefined
  /** Ends it; `gone` is not called. */
  close(): Promise<void>
}

export interface LaneOptions {
  /** the memory of the pool, if it has one */
  readonly memory?: ThreadMemory | undefined
  /** the setting memory.hugePages */
  readonly hugePages?: boolean
}

type LaneMessage = 'ready' | Ends | LaneTalk

function take(message: LaneMessage, events: LaneEvents): void {
  if (message === 'ready') events.ready()
  else if ('ends' in message) events.ends(message)
  else events.said(message)
}

export function startThread(id: number, { memory, hugePages = false }: LaneOptions, events: LaneEvents): Lane {
  const running = new Int32Array(new SharedArrayBuffer(4))
  let closing = false
  let reason: string | undefined
  const worker = threadOfLane(id)
  worker.postMessage({ lane: id, running, shared: true, memory, hugePages } satisfies LaneStart)
  worker.on('message', (message: LaneMessage) => take(message, events))
  worker.on('error', (error: Error & { code?: string }) => {
    reason =
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? 'the thread ran out of memory (threadPool.memoryLimit sets how much it may use)'
        : `an error outside of a task ended the thread: ${error.stack ?? error.message}`
  })
  worker.on('exit', (code) => {
    if (!closing) events.gone(reason ?? `the thread exited with code ${code} (process.exit was called, perhaps)`)
  })
  return {
    id,
    shared: true,
    name: `thread ${id}`,
    post: (message, transfer) => worker.postMessage(message, transfer),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
    running: () => Atomics.load(running, 0) - 1,
    async close() {
      closing = true
      await worker.terminate()
    },
  }
}

export function startProcess(id: number, _options: LaneOptions, events: LaneEvents): Lane {
  let closing = false
  const limit = heapOfLane()
  const heap = limit === undefined ? [] : [`--max-old-space-size=${Math.ceil(limit / 2 ** 20)}`]
  const child: ChildProcess = fork(fileURLToPath(new URL('./process-entry.js', import.meta.url)), [String(id)], {
    serialization: 'advanced',
    execArgv: [...loaderFlags(process.execArgv), ...addressSpaceFlags(), ...heap],
    env: laneEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.on('message', (message: unknown) => take(message as LaneMessage, events))
  let gone = false
  const leave = (reason: string): void => {
    if (gone || closing) return
    gone = true
    events.gone(reason)
  }
  child.on('error', (error) => leave(`the process could not be started or reached: ${error.message}`))
  child.on('exit', (code, signal) =>
    leave(signal ? `the process was killed by ${signal}` : `the process exited with code ${code}`),
  )
  const setRef = (on: boolean): void => {
    if (on) child.ref()
    else child.unref()
    if (on) child.channel?.ref()
    else child.channel?.unref()
  }
  setRef(false)
  return {
    id,
    shared: false,
    name: `process ${child.pid}`,
    post: (message) => {
      // A closed channel is told by 'exit', which follows.
      if (child.connected) child.send(message as unknown as object, () => undefined)
    },
    ref: () => setRef(true),
    unref: () => setRef(false),
    running: () => undefined,
    close: () =>
      new Promise((resolve) => {
        closing = true
        if (child.exitCode !== null || child.signalCode !== null) resolve()
        else {
          child.once('exit', () => resolve())
          setRef(true)
          child.kill('SIGKILL')
        }
      }),
  }
}
