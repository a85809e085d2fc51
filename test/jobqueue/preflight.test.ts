import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArgumentError } from '../../src/base/index.js'
import { planJob } from '../../src/jobqueue/job-plan.js'
import { checkReachable } from '../../src/jobqueue/scheduler-process.js'
import { warnOfNetworkFolders } from '../../src/jobqueue/shared-folder.js'

const mounts = [
  '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
  '23 22 0:40 / /home rw - nfs4 server:/home rw',
  '24 22 8:2 / /scratch rw - xfs /dev/sdb1 rw',
].join('\n')

test('folders on the network are warned of, once each', async (t) => {
  const warnings: string[] = []
  const take = ({ name, message }: Error): void => void (name === 'HeddleJobWarning' && warnings.push(message))
  process.on('warning', take)
  t.after(() => process.off('warning', take))
  const folders = ['/home/me/spill', '/home/me/spill', '/scratch/me', '/home/$USER']
  warnOfNetworkFolders(
    'SlurmCluster',
    folders.map((localDirectory) => ({ localDirectory })),
    mounts,
  )
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(warnings.length, 1)
  assert.match(
    warnings[0]!,
    /^SlurmCluster: .* into \/home\/me\/spill, which is on the network \(nfs4 at \/home\): choose a folder/,
  )
})

test('workers use the disk of their node, unless they are told a folder', () => {
  const prologue = (options: object): readonly string[] =>
    planJob('test', { cores: 1, memory: '1 GB', prologue: 'module load x', ...options }, { jobId: '$JOB' }, '/s.json').prologue
  const [first, second] = prologue({})
  assert.equal(first, 'module load x')
  assert.match(second!, /SLURM_TMPDIR.*export TMPDIR=/)
  assert.deepEqual(prologue({ localDirectory: '/scratch/$USER' }), ['module load x'])
})

test('a scheduler that compute nodes cannot reach is an error before anything is submitted', () => {
  assert.throws(
    () => checkReachable(['tls://127.0.0.1:8786'], {}),
    (error) =>
      error instanceof ArgumentError &&
      /^compute nodes cannot reach the scheduler at tls:\/\/127\.0\.0\.1:8786: .* scheduler\.contactAddress$/.test(error.message),
  )
  checkReachable(['tls://127.0.0.1:8786', 'tls://10.1.2.3:8786'], {})
  // Whoever says so has one machine.
  checkReachable(['tls://127.0.0.1:8786'], { host: '127.0.0.1' })
})
