import { join, resolve } from 'node:path'
import { ArgumentError } from '../base/index.js'
import { type ClusterParts, JobQueueCluster } from './cluster.js'
import type { OptionsOf, PoolOptions } from './cluster-options.js'
import { Commands, type RunCommand } from './commands.js'
import { optionsFor } from './configuration.js'
import type { EngineKind } from './engine.js'
import type { EngineName } from './engine-kinds.js'
import { type HTCondorEngineOptions, htcondor } from './engines/htcondor.js'
import { type LocalEngineOptions, local } from './engines/local.js'
import { type LsfEngineOptions, lsf } from './engines/lsf.js'
import { type OarEngineOptions, oar } from './engines/oar.js'
import { type PbsEngineOptions, moab, pbs } from './engines/pbs.js'
import { type SgeEngineOptions, sge } from './engines/sge.js'
import { type SlurmEngineOptions, slurm } from './engines/slurm.js'
import type { JobOptions } from './job-options.js'
import { planJob } from './job-plan.js'
import type { PoolParts } from './pool.js'
import { findOrSubmitScheduler, schedulerCommand } from './scheduler-job.js'
import { type ClusterScheduler, joinScheduler, startScheduler } from './scheduler-process.js'
import { makeSharedFolder, removeSharedFolder } from './shared-folder.js'

/** Reads the options, and starts a scheduler or finds one. */
async function prepare<Options extends object>(
  name: string,
  kind: EngineKind<EngineName, Options>,
  given: Partial<OptionsOf<Options>>,
  run: RunCommand | undefined,
): Promise<ClusterParts> {
  const options = optionsFor(kind, name, given)
  const kinds = poolsOf(options)
  // What is wrong with them is said before there is anything to tidy up.
  for (const { where, own } of kinds) planJob(`${name}${where}`, own, kind, '/')
  const folder = await makeSharedFolder(options.sharedDirectory)
  try {
    const file = options.schedulerFile === undefined ? join(folder, 'scheduler.json') : resolve(options.schedulerFile)
    const commands = new Commands(kind.title, run)
    const pools = kinds.map(({ pool, where, own }): PoolParts => {
      const logDirectory = own.logDirectory ?? join(folder, 'logs')
      const plan = planJob(`${name}${where}`, { ...own, logDirectory }, kind, file)
      return {
        name: pool,
        engine: kind.create(plan, own as Options, commands),
        plan,
        resources: own.resources ?? {},
        localDirectory: own.localDirectory,
      }
    })
    const place = { interface: options.interface, ...options.scheduler }
    let scheduler: ClusterScheduler
    if (options.schedulerJob) {
      const own = schedulerOptions(options, join(folder, 'logs')) as JobOptions &
        Partial<Options> & { readonly logDirectory: string }
      if (kind.workerPlace?.(`${name}: schedulerJob`, own, file)) {
        throw new ArgumentError(
          `${name}: schedulerJob: jobs that share no folder with this machine cannot tell it where the scheduler is: leave it out`,
        )
      }
      const plan = planJob(`${name}: schedulerJob`, own, kind, file)
      const engine = kind.create({ ...plan, command: schedulerCommand(file, place, own.node) }, own as Options, commands)
      const { logDirectory } = own
      const stays = options.schedulerFile !== undefined
      scheduler = await findOrSubmitScheduler({
        name,
        engine,
        scriptPath: join(folder, 'scheduler.sh'),
        logDirectory,
        file,
        stays,
      })
    } else if (options.schedulerFile === undefined) scheduler = await startScheduler(file, place, kind.name !== 'local')
    else scheduler = await joinScheduler(file)
    return { name, engine: kind.name, pools, scheduler, folder, options }
  } catch (error) {
    await removeSharedFolder(folder)
    throw error
  }
}

/** Of the resource that says which pool a worker is of, it has more than it can have tasks. */
const POOL_ROOM = 1e9

/** The kinds of jobs that options ask for: that of a cluster without pools is called nothing. */
function poolsOf<Options extends object>(
  options: Partial<OptionsOf<Options>>,
): { readonly pool: string; readonly where: string; readonly own: JobOptions & Partial<Options> }[] {
  const { pools, schedulerJob: _, ...all } = options as JobOptions & PoolOptions<Options>
  const names = Object.keys(pools ?? {})
  if (names.length === 0) return [{ pool: '', where: '', own: all as JobOptions & Partial<Options> }]
  return names.map((pool) => {
    const its = pools![pool] as JobOptions
    const jobName = its.jobName ?? `${all.jobName ?? 'heddle-worker'}-${pool}`
    const resources = { ...all.resources, ...its.resources, [`pool:${pool}`]: POOL_ROOM }
    return { pool, where: `: pools: ${pool}`, own: { ...all, ...its, jobName, resources } as JobOptions & Partial<Options> }
  })
}

/** What a scheduler that is a job is told. It runs no tasks, and so needs no resources. */
function schedulerOptions(
  {
    pools: _,
    schedulerJob = {},
    jobName = 'heddle-worker',
    resources: _resources,
    processes: _processes,
    ...all
  }: JobOptions & PoolOptions<object>,
  logDirectory: string,
): JobOptions & { readonly logDirectory: string } {
  return { logDirectory, ...all, cores: 1, memory: '2 GB', jobName: `${jobName}-scheduler`, ...schedulerJob, processes: 1 }
}

/** The options of `SlurmCluster.start`. */
export type SlurmOptions = OptionsOf<SlurmEngineOptions>

/**
 * A cluster of Slurm jobs.
 *
 * @example
 * const cluster = await SlurmCluster.start({ cores: 18, memory: '24 GB', account: 'abc', walltime: '00:30:00', queue: 'shared' })
 * await cluster.scale({ jobs: 2 })
 * const client = await Client.connect(cluster)
 */
export class SlurmCluster extends JobQueueCluster {
  /**
   * Starts a cluster, without jobs unless `jobs` says how many.
   *
   * @param run runs the engine's commands, for tests and for sites that have them somewhere else
   * @throws ArgumentError, CommandMissing, EngineRefused
   */
  static async start(options: SlurmOptions = {}, run?: RunCommand): Promise<SlurmCluster> {
    const parts = await prepare('SlurmCluster', slurm, options, run)
    return this.open(parts, (link, pools, address) => new SlurmCluster(parts, link, pools, address))
  }
}

/** The options of `SGECluster.start`. */
export type SGEOptions = OptionsOf<SgeEngineOptions>

/**
 * A cluster of jobs of Grid Engine.
 *
 * @example
 * const cluster = await SGECluster.start({ cores: 8, memory: '24 GB', parallelEnvironment: 'smp', resourceSpec: 'h_vmem=4G' })
 * await cluster.scale({ jobs: 2 })
 * const client = await Client.connect(cluster)
 */
export class SGECluster extends JobQueueCluster {
  /**
   * Starts a cluster, without jobs unless `jobs` says how many.
   *
   * @param run runs the engine's commands, for tests and for sites that have them somewhere else
   * @throws ArgumentError, CommandMissing, EngineRefused
   */
  static async start(options: SGEOptions = {}, run?: RunCommand): Promise<SGECluster> {
    const parts = await prepare('SGECluster', sge, options, run)
    return this.open(parts, (link, pools, address) => new SGECluster(parts, link, pools, address))
  }
}

/** The options of `PBSCluster.start`. */
export type PBSOptions = OptionsOf<PbsEngineOptions>

/**
 * A cluster of jobs of PBS Professional, OpenPBS or Torque.
 *
 * @example
 * const cluster = await PBSCluster.start({ cores: 8, memory: '24 GB', queue: 'regular', account: 'abc' })
 * await cluster.scale({ jobs: 2 })
 * const client = await Client.connect(cluster)
 */
export class PBSCluster extends JobQueueCluster {
  /**
   * Starts a cluster, without jobs unless `jobs` says how many.
   *
   * @param run runs the engine's commands, for tests and for sites that have them somewhere else
   * @throws ArgumentError, CommandMissing, EngineRefused
   */
  static async start(options: PBSOptions = {}, run?: RunCommand): Promise<PBSCluster> {
    const parts = await prepare('PBSCluster', pbs, options, run)
    return this.open(parts, (link, pools, address) => new PBSCluster(parts, link, pools, address))
  }
}

/** The options of `MoabCluster.start`. */
export type MoabOptions = OptionsOf<PbsEngineOptions>

/**
 * A cluster of Moab jobs.
 *
 * @example
 * const cluster = await MoabCluster.start({ cores: 8, memory: '24 GB', queue: 'regular', resourceSpec: 'nodes=1:ppn=8' })
 * await cluster.scale({ jobs: 2 })
 * const client = await Client.connect(cluster)
 */
export class MoabCluster extends JobQueueCluster {
  /**
   * Starts a cluster, without jobs unless `jobs` says how many.
   *
   * @param run runs the engine's commands, for tests and for sites that have them somewhere else
   * @throws ArgumentError, CommandMissing, EngineRefused
   */
  static async start(options: MoabOptions = {}, run?: RunCommand): Promise<MoabCluster> {
    const parts = await prepare('MoabCluster', moab, options, run)
    return this.open(parts, (link, pools, address) => new MoabCluster(parts, link, pools, address))
  }
}

/** The options of `OARCluster.start`. */
export type OAROptions = OptionsOf<OarEngineOptions>

/**
 * A cluster of OAR jobs.
 *
 * @example
 * const cluster = await OARCluster.start({ cores: 8, memory: '24 GB', project: 'abc', memoryPerCoreProperty: 'memcore' })
 * await cluster.scale({ jobs: 2 })
 * const client = await Client.connect(cluster)
 */
export class OARCluster extends JobQueueCluster {
  /**
   * Starts a cluster, without jobs unless `jobs` says how many.
   *
   * @param run runs the engine's commands, for tests and for sites that have them somewhere else
   * @throws ArgumentError, CommandMissing, EngineRefused
   */
  static async start(options: OAROptions = {}, run?: RunCommand): Promise<OARCluster> {
    const parts = await prepare('OARCluster', oar, options, run)
    return this.open(parts, (link, pools, address) => new OARCluster(parts, link, pools, address))
  }
}

/** The options of `LSFCluster.start`. */
export type LSFOptions = OptionsOf<LsfEngineOptions>

/**
 * A cluster of LSF jobs.
 *
 * @example
 * const cluster = await LSFCluster.start({ cores: 8, memory: '24 GB', queue: 'normal', project: 'abc' })
 * await cluster.scale({ jobs: 2 })
 * const client = await Client.connect(cluster)
 */
export class LSFCluster extends JobQueueCluster {
  /**
   * Starts a cluster, without jobs unless `jobs` says how many.
   *
   * @param run runs the engine's commands, for tests and for sites that have them somewhere else
   * @throws ArgumentError, CommandMissing, EngineRefused
   */
  static async start(options: LSFOptions = {}, run?: RunCommand): Promise<LSFCluster> {
    const parts = await prepare('LSFCluster', lsf, options, run)
    return this.open(parts, (link, pools, address) => new LSFCluster(parts, link, pools, address))
  }
}

/** The options of `HTCondorCluster.start`. */
export type HTCondorOptions = OptionsOf<HTCondorEngineOptions>

/**
 * A cluster of HTCondor jobs.
 *
 * @example
 * const cluster = await HTCondorCluster.start({ cores: 1, memory: '4 GB', disk: '10 GB', walltime: 'none' })
 * await cluster.scale({ jobs: 2 })
 * const client = await Client.connect(cluster)
 */
export class HTCondorCluster extends JobQueueCluster {
  /**
   * Starts a cluster, without jobs unless `jobs` says how many.
   *
   * @param run runs the engine's commands, for tests and for sites that have them somewhere else
   * @throws ArgumentError, CommandMissing, EngineRefused
   */
  static async start(options: HTCondorOptions = {}, run?: RunCommand): Promise<HTCondorCluster> {
    const parts = await prepare('HTCondorCluster', htcondor, options, run)
    return this.open(parts, (link, pools, address) => new HTCondorCluster(parts, link, pools, address))
  }
}

/** The options of `LocalJobCluster.start`. */
export type LocalJobOptions = OptionsOf<LocalEngineOptions>

/**
 * A cluster of jobs that are processes of this machine, to try things out where there is no queue.
 *
 * @example
 * const cluster = await LocalJobCluster.start({ cores: 1, memory: '2 GB', jobs: 2 })
 * await cluster.scale({ jobs: 2 })
 * const client = await Client.connect(cluster)
 */
export class LocalJobCluster extends JobQueueCluster {
  /**
   * Starts a cluster, without jobs unless `jobs` says how many.
   *
   * @param run runs the engine's commands, for tests and for sites that have them somewhere else
   * @throws ArgumentError, CommandMissing, EngineRefused
   */
  static async start(options: LocalJobOptions = {}, run?: RunCommand): Promise<LocalJobCluster> {
    const parts = await prepare('LocalJobCluster', local, options, run)
    return this.open(parts, (link, pools, address) => new LocalJobCluster(parts, link, pools, address))
  }
}
