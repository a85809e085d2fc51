import { hostname } from 'node:os'
import { basename } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { ArgumentError } from '../../base/index.js'
import { type Answers, RemoteError, versionsHere } from '../../protocol/index.js'
import { decode, encode, prepare } from '../../transfer/index.js'
import type { Upload } from '../upload.js'
import type { ClusterState } from './state.js'
import { workersNamed } from './worker-choice.js'

/** Tasks that are dropped before others have their turn. */
const SLICE = 20_000

/** What a scheduler does with the processes of its cluster. `forget`: drops what its other answers keep. */
export function runAnswers(state: ClusterState, forget: () => void): Answers {
  return {
    runOnWorkers: async ({ payload, workers }: { payload: Uint8Array; workers: readonly string[] | undefined }) => {
      const links = workersNamed(state, workers)
      const results = await Promise.all(links.map((link) => link.control.ask('run', { payload })))
      return links.map(({ info }, i) => [info.name, results[i]])
    },

    runOnScheduler: async (payload: Uint8Array) => {
      await prepare(payload)
      const { fn, args } = decode(payload) as { fn: (...args: readonly unknown[]) => unknown; args: readonly unknown[] }
      return encode(await fn(...args), { subject: 'the result' })
    },

    versions: async ({ packages }: { packages: readonly string[] }) => {
      const links = [...state.workers.values()]
      const each = await Promise.all(
        links.map(async ({ info, control }) => [info.name, await control.ask('versions', { packages })] as const),
      )
      return { scheduler: versionsHere(hostname(), packages), workers: new Map(each) }
    },

    uploadFile: async ({ name, bytes, directory = false }: { name: string; bytes: Uint8Array; directory?: boolean }) => {
      if (name === '' || name === '.' || name === '..' || basename(name) !== name) {
        throw new ArgumentError(`uploadFile: '${name}' is no name of a file`)
      }
      // Workers that come later get it when they join.
      const upload: Upload = { bytes, directory }
      state.files.set(name, upload)
      const receivers = [...state.fileReceivers]
      const outcomes = await Promise.allSettled(receivers.map((receiver) => receiver.ask('upload', { name, upload })))
      // Who has left meanwhile needs it no more.
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected' && outcome.reason instanceof RemoteError) throw outcome.reason
      }
    },

    retire: ({ workers }: { workers: readonly string[] }) => {
      for (const link of workersNamed(state, workers)) state.machine.retireWorker(link.index)
      state.schedule()
    },

    /** gives the workers that will be started again */
    restart: async () => {
      forget()
      for (const client of Array.from(state.clients.values())) {
        client.control.tell('restarted')
        while (!state.machine.dropClient(client.index, SLICE)) {
          state.schedule()
          await turn()
        }
      }
      state.schedule()
      const restarting = [...state.workers.values()].filter(({ info }) => info.nanny)
      for (const link of restarting) {
        link.leaving = true
        link.control.tell('close', { reason: 'the cluster was restarted', orderly: false })
      }
      return restarting.map(({ info: { name, pid } }) => ({ name, pid }))
    },
  }
}
