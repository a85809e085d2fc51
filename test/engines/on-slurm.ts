// What tests on the real Slurm share.
import { execFileSync } from 'node:child_process'
import type { TestContext } from 'node:test'
import { Client } from '../../src/client/index.js'
import { type Job, type JobFailed, type RunCommand, SlurmCluster, type SlurmOptions } from '../../src/jobqueue/index.js'
import { scratch } from './bring-up.js'

// All nodes are this machine, on which networks of other tests come and go.
export const scheduler = { host: '127.0.0.1' }
export const small: SlurmOptions = { cores: 1, memory: '600 MB', walltime: '5 min', queue: 'main', scheduler }

/** The jobs of a name that are in the queue, as Slurm says. */
export function queued(name: string): string[] {
  const out = execFileSync('squeue', ['--noheader', '--array', `--name=${name}`, '--format=%i'], { encoding: 'utf8' })
  return out.split('\n').filter((line) => line !== '')
}

/** Failures of a cluster, as they come in a test. */
export function failures(t: TestContext): {
  options: Pick<SlurmOptions, 'onJobFailed'>
  readonly come: readonly { error: JobFailed; job: Job }[]
  next(): Promise<{ error: JobFailed; job: Job }>
} {
  const come: { error: JobFailed; job: Job }[] = []
  let wake = (): void => undefined
  // A cluster keeps no program alive.
  const stay = setInterval(() => undefined, 60_000)
  t.after(() => clearInterval(stay))
  return {
    come,
    options: {
      onJobFailed: (error, job) => {
        come.push({ error, job })
        wake()
      },
    },
    async next() {
      while (come.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return come.shift()!
    },
  }
}

export async function start(
  t: TestContext,
  options: SlurmOptions,
  run?: RunCommand,
): Promise<{ cluster: SlurmCluster; client: Client }> {
  const cluster = await SlurmCluster.start({ ...small, sharedDirectory: scratch(), ...options }, run)
  t.after(() => cluster.close())
  const client = await Client.connect(cluster)
  t.after(() => client.close())
  return { cluster, client }
}
