import { readFile, readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { asError } from '../base/index.js'
import { RECORD, type RecordedCluster } from './cluster-record.js'
import { Commands, type RunCommand } from './commands.js'
import { optionsFor } from './configuration.js'
import type { Engine, JobState } from './engine.js'
import { isOver } from './engine.js'
import { engineKind } from './engine-kinds.js'
import { planJob } from './job-plan.js'
import { clustersFolder, removeSharedFolder } from './shared-folder.js'

/** A job of a cluster of this user, now. */
export interface JobStatus extends JobState {
  /** the pool that it belongs to, if its cluster has pools */
  readonly pool?: string
  readonly cores: number
  /** what it has taken so far: its cores, times the hours that it has run; undefined: nobody knows since when */
  readonly coreHours?: number
}

/** A cluster of this user, that runs or was left behind. */
export interface ClusterStatus {
  /** the class: 'SlurmCluster' */
  readonly name: string
  readonly engine: string
  readonly folder: string
  /** the program that it belongs to */
  readonly host: string
  readonly pid: number
  readonly started: Date
  /** whether that program still runs; undefined: it is on another machine */
  readonly alive: boolean | undefined
  /** where its scheduler shows what it does, without the key; undefined: nowhere, or its clients know */
  readonly dashboard?: string
  readonly jobs: readonly JobStatus[]
  /** why the engine does not say more of the jobs than was known before */
  readonly problem?: string
}

/** Where clusters are looked for, and what asks engines. */
export interface ListOptions {
  /** the folder that clusters have theirs in (`sharedDirectory`); that which they choose themselves unless told */
  readonly sharedDirectory?: string
  /** runs the engine's commands, for tests and for sites that have them somewhere else */
  readonly run?: RunCommand
}

/**
 * The clusters of jobs that this user's programs have, or have left behind, and how their jobs do: asked of their engines now.
 *
 * @example
 * for (const { name, jobs } of await listClusters()) console.log(name, jobs.map(({ state }) => state))
 */
export async function listClusters({ sharedDirectory, run }: ListOptions = {}): Promise<ClusterStatus[]> {
  const clusters: ClusterStatus[] = []
  for (const { folder, record } of await records(clustersFolder(sharedDirectory))) {
    const known = record.pools.flatMap((pool) => pool.jobs.map((job) => ({ pool, job: revive(job) })))
    let states: readonly JobState[] = known.map(({ job }) => job)
    let problem: string | undefined
    try {
      // Jobs that are processes are known to their program alone.
      if (record.engine !== 'local')
        states = known.length === 0 ? [] : await engineOf(record, run).list(states.map(({ id }) => id))
    } catch (error) {
      problem = asError(error).message
    }
    const jobs = known.map(({ pool, job }): JobStatus => {
      const state = states.find(({ id }) => id === job.id) ?? job
      const started = state.started ?? job.started
      const hours = started === undefined || isOver(state.state) ? undefined : (Date.now() - started.getTime()) / 3_600_000
      return {
        ...state,
        ...(pool.name === '' ? {} : { pool: pool.name }),
        cores: pool.cores,
        ...(hours === undefined ? {} : { coreHours: pool.cores * hours }),
      }
    })
    const { name, engine, host, pid, started, dashboard } = record
    const alive = host === hostname() ? isAlive(pid) : undefined
    const more = { ...(dashboard === undefined ? {} : { dashboard }), ...(problem ? { problem } : {}) }
    clusters.push({ name, engine, folder, host, pid, started: new Date(started), alive, jobs, ...more })
  }
  return clusters
}

/** Cancels what a cluster has left in the queue whose program is gone, and removes its folder. */
export async function removeCluster({ folder, engine, jobs }: ClusterStatus, run?: RunCommand): Promise<void> {
  const ids = jobs.filter(({ state }) => !isOver(state)).map(({ id }) => id)
  if (ids.length > 0 && engine !== 'local') await engineOf({ engine }, run).cancel(ids)
  await removeSharedFolder(folder)
}

/**
 * The script that a cluster of these options would run as a job.
 *
 * @param engine what settings call it: 'slurm'
 * @throws ArgumentError for an engine or an option that does not exist, or cannot be
 */
export function jobScriptFor(engine: string, given: Readonly<Record<string, unknown>>): string {
  const kind = engineKind(engine)
  const options = optionsFor(kind, engine, given)
  const plan = planJob(engine, options, kind, options.schedulerFile ?? 'SCHEDULER-FILE')
  return kind.create(plan, options, new Commands(kind.title)).script()
}

/** An engine that is asked about jobs, and is given none. */
function engineOf({ engine }: { readonly engine: string }, run: RunCommand | undefined): Engine {
  const kind = engineKind(engine)
  return kind.create(planJob(engine, { cores: 1, memory: '1 GB' }, kind, '/'), {}, new Commands(kind.title, run))
}

async function records(parent: string): Promise<{ folder: string; record: RecordedCluster }[]> {
  let names: string[]
  try {
    names = await readdir(parent)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  const found: { folder: string; record: RecordedCluster }[] = []
  for (const name of names.sort()) {
    const folder = join(parent, name)
    try {
      found.push({ folder, record: JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as RecordedCluster })
    } catch (error) {
      // What else is there is no cluster; one may just have gone.
      if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  return found.sort((a, b) => a.record.started - b.record.started)
}

/** A state as it was before it was written. */
function revive(job: JobState): JobState {
  const dates = (['estimatedStart', 'started', 'ends'] as const).filter((name) => job[name] !== undefined)
  return { ...job, ...Object.fromEntries(dates.map((name) => [name, new Date(job[name]!)])) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
