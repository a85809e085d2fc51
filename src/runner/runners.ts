import { Runner } from './runner.js'
import type { RunnerOptions } from './runner-options.js'
import { mpiWorld, pbsWorld, slurmWorld } from './world.js'

/**
 * The tasks of a Slurm step as a cluster: the program is started by `srun -n 4 node PROGRAM` in a job. Each worker has the
 * memory that Slurm grants to a task, and its share of the cores, unless told.
 *
 * @example
 * const runner = await SlurmRunner.start({ schedulerFile: '/scratch/me/scheduler-{job_id}.json' })
 * const client = await Client.connect(runner)
 * await client.waitForWorkers(runner.workers)
 */
export class SlurmRunner extends Runner {
  /** @throws NoWorld when this is no step of a job; whatever `Runner.start` does */
  static override async start(options: RunnerOptions = {}): Promise<SlurmRunner> {
    return Runner.join(slurmWorld(), options, 'SlurmRunner', (rank) => new SlurmRunner(rank))
  }
}

/**
 * The ranks of an `mpirun` in a PBS job as a cluster, or the tasks of Torque's `pbsdsh`.
 *
 * @example
 * const runner = await PBSRunner.start()
 */
export class PBSRunner extends Runner {
  /** @throws NoWorld when this is no rank in a job; whatever `Runner.start` does */
  static override async start(options: RunnerOptions = {}): Promise<PBSRunner> {
    return Runner.join(pbsWorld(), options, 'PBSRunner', (rank) => new PBSRunner(rank))
  }
}

/**
 * The ranks of an MPI program as a cluster: of `mpirun` (Open MPI, MPICH, Intel MPI) or `srun`. MPI starts the processes, and
 * nothing else: they talk to each other as those of any cluster do, and no MPI library is needed.
 *
 * @example
 * const runner = await MPIRunner.start({ worker: { threads: 5 } })
 */
export class MPIRunner extends Runner {
  /** @throws NoWorld when this is no rank; whatever `Runner.start` does */
  static override async start(options: RunnerOptions = {}): Promise<MPIRunner> {
    return Runner.join(mpiWorld(), options, 'MPIRunner', (rank) => new MPIRunner(rank))
  }

  /**
   * As `start`, but on the other ranks it resolves too, with undefined, when the cluster has ended.
   *
   * @throws what `start` does
   */
  static async startOrOutlast(options: RunnerOptions = {}): Promise<MPIRunner | undefined> {
    return Runner.joinOrOutlast(mpiWorld(), options, 'MPIRunner', (rank) => new MPIRunner(rank))
  }
}
