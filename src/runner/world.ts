import { NoWorld } from './errors.js'
import { hydraRun } from './hydra-run.js'

/** The processes that one command has started together, as one of them sees them. */
export interface World {
  /** what started them, as people call it: 'Open MPI' */
  readonly launcher: string
  /** which of them this one is, from 0 */
  readonly rank: number
  /** how many there are */
  readonly size: number
  /** how many of them are on this machine; undefined: nobody says */
  readonly ranksHere: number | undefined
  /** what tells this run from others that go on at the same time; undefined: nothing does */
  readonly run: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Finds out of an environment what the world is; undefined: it was not started that way. */
type Reader = (environment: Environment) => World | undefined

const openMpi: Reader = (env) => {
  const place = placeIn(env.OMPI_COMM_WORLD_RANK, env.OMPI_COMM_WORLD_SIZE)
  if (!place) return undefined
  const run = env.PMIX_NAMESPACE ?? env.OMPI_MCA_ess_base_jobid ?? jobOf(env)
  return { launcher: 'Open MPI', ...place, ranksHere: countIn(env.OMPI_COMM_WORLD_LOCAL_SIZE), run }
}

/** MPICH and its descendants (Intel MPI, MVAPICH), by Hydra. */
const mpich: Reader = (env) => {
  const place = placeIn(env.PMI_RANK, env.PMI_SIZE)
  if (!place) return undefined
  // Under srun --mpi=pmi2 these are there too.
  if (env.SLURM_STEP_ID !== undefined && env.HYDI_CONTROL_FD === undefined) return srun(env)
  return { launcher: 'MPICH', ...place, ranksHere: countIn(env.MPI_LOCALNRANKS), run: hydraRun() ?? jobOf(env) }
}

/** A batch script has SLURM_PROCID=0 without any srun: only steps count. */
const srun: Reader = (env) => {
  if (env.SLURM_STEP_ID === undefined) return undefined
  const place = placeIn(env.SLURM_PROCID, env.SLURM_STEP_NUM_TASKS)
  if (!place) return undefined
  return { launcher: 'srun', ...place, ranksHere: slurmTasksHere(env), run: `${env.SLURM_JOB_ID}.${env.SLURM_STEP_ID}` }
}

/** Torque's pbsdsh numbers the slots of a job, which its node file lists. */
const pbsdsh: Reader = (env) => {
  const place = placeIn(env.PBS_VNODENUM, env.PBS_NP)
  return place && { launcher: 'pbsdsh', ...place, ranksHere: countIn(env.PBS_NUM_PPN), run: env.PBS_JOBID }
}

/**
 * The ranks of `mpirun` (Open MPI, MPICH, Intel MPI) or `srun`, of which this process is one. MPI itself is not needed: the
 * environment says it.
 *
 * @throws NoWorld when it was not started by any of them
 */
export function mpiWorld(environment: Environment = process.env): World {
  const world = openMpi(environment) ?? mpich(environment) ?? srun(environment)
  if (world) return world
  throw new NoWorld(
    'no rank is in the environment: start the program on every rank, by mpirun -n 4 node PROGRAM, or srun -n 4 node PROGRAM',
  )
}

/**
 * The tasks of a step of Slurm's.
 *
 * @throws NoWorld when there is no step
 */
export function slurmWorld(environment: Environment = process.env): World {
  const world = srun(environment)
  if (world) return world
  const inside =
    environment.SLURM_JOB_ID === undefined ? 'this is no job of Slurm' : 'this is the batch script itself, no step of it'
  throw new NoWorld(`SlurmRunner: ${inside}: start the program in a job, by srun -n 4 node PROGRAM`)
}

/**
 * The ranks of `mpirun`, or the tasks of Torque's `pbsdsh`, in a PBS job.
 *
 * @throws NoWorld when there is no job, or the program was not started on its ranks
 */
export function pbsWorld(environment: Environment = process.env): World {
  const job = environment.PBS_JOBID
  if (job === undefined) throw new NoWorld('PBSRunner: this is no job of PBS: submit a script that has mpirun -n 4 node PROGRAM')
  const world = openMpi(environment) ?? mpich(environment) ?? pbsdsh(environment)
  if (world) return { ...world, run: world.run ?? job }
  throw new NoWorld(`PBSRunner: the job ${job} has not started this program on ranks: use mpirun -n 4 node PROGRAM in its script`)
}

function placeIn(rank: string | undefined, size: string | undefined): { rank: number; size: number } | undefined {
  const place = { rank: countIn(rank), size: countIn(size) }
  if (place.rank === undefined || place.size === undefined || place.rank >= place.size) return undefined
  return place as { rank: number; size: number }
}

function countIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** The job of a batch system in which an mpirun runs. */
function jobOf(env: Environment): string | undefined {
  return env.SLURM_JOB_ID ?? env.PBS_JOBID ?? env.OAR_JOB_ID ?? env.LSB_JOBID ?? env.JOB_ID
}

/** `2(x3),1`: two tasks on each of three nodes, one on the fourth. */
function slurmTasksHere(env: Environment): number | undefined {
  const counts = (env.SLURM_STEP_TASKS_PER_NODE ?? '').split(',').flatMap((part) => {
    const [, count, times = '1'] = /^(\d+)(?:\(x(\d+)\))?$/.exec(part) ?? []
    return count === undefined ? [] : (Array(Number(times)).fill(Number(count)) as number[])
  })
  return counts[countIn(env.SLURM_NODEID) ?? 0]
}
