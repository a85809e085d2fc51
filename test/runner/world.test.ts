import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NoWorld } from '../../src/runner/index.js'
import { hydraRun } from '../../src/runner/hydra-run.js'
import { slurmMemory } from '../../src/runner/run-worker.js'
import { mpiWorld, pbsWorld, slurmWorld } from '../../src/runner/world.js'

// What the launchers really set, seen under each of them.
const openMpi = {
  OMPI_COMM_WORLD_RANK: '2',
  OMPI_COMM_WORLD_SIZE: '4',
  OMPI_COMM_WORLD_LOCAL_SIZE: '2',
  OMPI_MCA_ess_base_jobid: '961085441',
  PMIX_NAMESPACE: '342687745',
  PMIX_RANK: '2',
}
const mpich = { PMI_RANK: '1', PMI_SIZE: '3', MPI_LOCALNRANKS: '3', HYDI_CONTROL_FD: '7', PMI_FD: '6' }
const batch = { SLURM_JOB_ID: '12', SLURM_PROCID: '0', SLURM_NTASKS: '4', SLURM_NODEID: '0' }
const step = {
  ...batch,
  SLURM_PROCID: '3',
  SLURM_STEP_ID: '1',
  SLURM_STEP_NUM_TASKS: '4',
  SLURM_STEP_TASKS_PER_NODE: '1(x2),2',
  SLURM_NODEID: '2',
}

test('Open MPI', () => {
  const world = { launcher: 'Open MPI', rank: 2, size: 4, ranksHere: 2, run: '342687745' }
  assert.deepEqual(mpiWorld(openMpi), world)
  assert.deepEqual(mpiWorld({ ...openMpi, PMIX_NAMESPACE: undefined }), { ...world, run: '961085441' })
  // Its ranks in a job of Slurm's have the numbers of the daemons' step besides.
  assert.deepEqual(mpiWorld({ ...step, ...openMpi }), world)
})

test('MPICH', () => {
  assert.deepEqual(mpiWorld({ ...mpich, SLURM_JOB_ID: '12' }), {
    launcher: 'MPICH',
    rank: 1,
    size: 3,
    ranksHere: 3,
    run: '12',
  })
  assert.equal(mpiWorld(mpich).run, undefined)
})

test('srun, with PMI-2 and without', () => {
  const world = { launcher: 'srun', rank: 3, size: 4, ranksHere: 2, run: '12.1' }
  assert.deepEqual(mpiWorld(step), world)
  assert.deepEqual(slurmWorld(step), world)
  assert.deepEqual(mpiWorld({ ...step, PMI_RANK: '3', PMI_SIZE: '4' }), world)
})

test('a batch script is no rank, though it has a number', () => {
  assert.throws(() => mpiWorld(batch), NoWorld)
  assert.throws(() => slurmWorld(batch), /this is the batch script itself, no step of it.*srun/)
  assert.throws(() => slurmWorld({}), /this is no job of Slurm/)
  assert.throws(() => mpiWorld({}), /mpirun -n 4 node PROGRAM/)
  assert.throws(() => mpiWorld({ OMPI_COMM_WORLD_RANK: '4', OMPI_COMM_WORLD_SIZE: '4' }), NoWorld)
})

test('PBS: by mpirun, or by pbsdsh', () => {
  const job = { PBS_JOBID: '7.server' }
  assert.deepEqual(pbsWorld({ ...job, ...mpich }).run, '7.server')
  assert.deepEqual(pbsWorld({ ...job, PBS_VNODENUM: '1', PBS_NP: '4', PBS_NUM_PPN: '2' }), {
    launcher: 'pbsdsh',
    rank: 1,
    size: 4,
    ranksHere: 2,
    run: '7.server',
  })
  assert.throws(() => pbsWorld(job), /7\.server has not started this program on ranks: use mpirun/)
  assert.throws(() => pbsWorld({}), /no job of PBS/)
})

test('what tells runs of Hydra from each other', () => {
  const files = new Map([
    [`/proc/${process.ppid}/cmdline`, 'bash\0run.sh\0'],
    [`/proc/${process.ppid}/stat`, `${process.ppid} (a) b) S 77 1 1`],
    ['/proc/77/cmdline', '/usr/bin/hydra_pmi_proxy\0--control-port\0vm:39119\0--rmk\0user\0'],
  ])
  const read = (path: string): string => {
    const text = files.get(path)
    if (text === undefined) throw Object.assign(new Error('there is none'), { code: 'ENOENT' })
    return text
  }
  assert.equal(hydraRun(read), 'vm:39119')
  files.set('/proc/77/cmdline', 'hydra_bstrap_proxy\0--upstream-host\0n1\0--upstream-port\x0040\0')
  assert.equal(hydraRun(read), 'n1:40')
  files.delete('/proc/77/cmdline')
  assert.equal(hydraRun(read), undefined)
})

test('the memory that Slurm grants to a task', () => {
  assert.equal(slurmMemory({ SLURM_MEM_PER_NODE: '8192' }, 4), 2 * 2 ** 30)
  assert.equal(slurmMemory({ SLURM_MEM_PER_CPU: '500', SLURM_CPUS_PER_TASK: '3' }, 4), 1500 * 2 ** 20)
  assert.equal(slurmMemory({ SLURM_MEM_PER_CPU: '500' }, 4), 500 * 2 ** 20)
  assert.equal(slurmMemory({}, 4), undefined)
})
