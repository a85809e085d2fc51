import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { coresFrom } from '../../src/config/cores.js'
import { availableCores } from '../../src/config/index.js'

const cores = (affinity: number, files: Record<string, string> = {}, environment: Record<string, string> = {}) =>
  coresFrom({ affinity, environment, read: (path) => files[path] })

test('available cores are the least of affinity, quota and what Slurm gave', () => {
  assert.equal(cores(8), 8)
  assert.equal(cores(8, {}, { SLURM_CPUS_PER_TASK: '3' }), 3)
  assert.equal(cores(2, {}, { SLURM_CPUS_PER_TASK: '3' }), 2)
  for (const text of ['', '0', 'many', '-1']) assert.equal(cores(8, {}, { SLURM_CPUS_PER_TASK: text }), 8)
})

test('quotas of control groups, version 2', () => {
  const group = { '/proc/self/cgroup': '0::/user.slice/job\n' }
  assert.equal(cores(8, { ...group, '/sys/fs/cgroup/user.slice/job/cpu.max': '200000 100000\n' }), 2)
  assert.equal(cores(8, { ...group, '/sys/fs/cgroup/user.slice/job/cpu.max': '150000 100000\n' }), 2)
  assert.equal(cores(8, { ...group, '/sys/fs/cgroup/user.slice/job/cpu.max': '1000 100000\n' }), 1)
  assert.equal(cores(8, { ...group, '/sys/fs/cgroup/user.slice/job/cpu.max': 'max 100000\n' }), 8)
  assert.equal(cores(8, { ...group, '/sys/fs/cgroup/user.slice/cpu.max': '300000 100000\n' }), 3)
  assert.equal(cores(8, { ...group, '/sys/fs/cgroup/cpu.max': '400000 100000\n' }), 4)
})

test('quotas of control groups, version 1', () => {
  const group = { '/proc/self/cgroup': '5:memory:/a\n4:cpu,cpuacct:/docker/1\n0::/\n' }
  const quota = (at: string, us: string) => ({ [`${at}/cpu.cfs_quota_us`]: us, [`${at}/cpu.cfs_period_us`]: '100000\n' })
  assert.equal(cores(8, { ...group, ...quota('/sys/fs/cgroup/cpu/docker/1', '250000\n') }), 3)
  assert.equal(cores(8, { ...group, ...quota('/sys/fs/cgroup/cpu/docker/1', '-1\n') }), 8)
  assert.equal(cores(8, { ...group, ...quota('/sys/fs/cgroup/cpu', '100000\n') }), 1)
})

test('on this machine there is at least one, and no more than the affinity leaves', () => {
  assert.ok(availableCores() >= 1 && availableCores() <= availableParallelism())
})
