// The thread of fetch-apart.ts.
import { open } from 'node:fs/promises'
import { type MessagePort, workerData } from 'node:worker_threads'
import { config, type Settings } from '../config/index.js'
import type { Fetched, FetchJob } from './fetch-apart.js'
import { storeOf } from './resolve.js'
import { failureOf } from './resolve-apart.js'

const { jobs, settings, state, port } = workerData as {
  jobs: readonly FetchJob[]
  settings: Settings['filesystem']
  state: Int32Array
  port: MessagePort
}
Atomics.store(state, 0, 1)
Atomics.notify(state, 0)

const atOnce = 8

async function fetch({ file, target, tail }: FetchJob): Promise<void> {
  const store = storeOf(file.path, file.version)
  const handle = await open(target, 'w', 0o600)
  try {
    if (tail === undefined || file.whole === true) {
      for await (const chunk of store.stream(file.path)) await handle.write(chunk)
      return
    }
    const start = Math.max(0, file.size - tail)
    const bytes = await store.read(file.path, start, file.size)
    await handle.write(bytes, 0, bytes.length, start)
  } finally {
    await handle.close()
  }
}

async function all(): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    while (next < jobs.length) await fetch(jobs[next++]!)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, work))
}

let fetched: Fetched
try {
  config.set({ filesystem: settings })
  await all()
  fetched = { done: true }
} catch (error) {
  fetched = { failure: failureOf(error) }
}
port.postMessage(fetched)
Atomics.store(state, 0, 2)
Atomics.notify(state, 0)
