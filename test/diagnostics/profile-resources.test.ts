import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ArgumentError } from '../../src/base/index.js'
import { delayed } from '../../src/delayed/index.js'
import { profileResources } from '../../src/diagnostics/index.js'
import { childUsage } from '../../src/diagnostics/process-usage.js'

const spin = delayed(function spin(ms: number) {
  for (const end = performance.now() + ms; performance.now() < end; );
  return ms
})

test('samples are taken while it runs, even when all runs in this thread', async () => {
  const before = performance.now()
  const { result, profile } = await profileResources(
    () => spin(spin(spin(spin(20)))).compute({ executor: 'inline', optimize: false }),
    { interval: 10 },
  )
  const after = performance.now()
  assert.equal(result, 20)
  const { samples, summary } = profile
  assert.ok(samples.length >= 4, `${samples.length} samples`)
  samples.forEach(({ time }, i) => assert.ok(time >= (samples[i - 1]?.time ?? before) && time <= after))
  for (const { cpu, rss, heap, arrayBuffers } of samples) assert.ok(cpu >= 0 && rss > heap && heap > 0 && arrayBuffers >= 0)
  const most = (of: (sample: (typeof samples)[number]) => number): number => Math.max(...samples.map(of))
  assert.equal(
    summary.peakRss,
    most(({ rss }) => rss),
  )
  assert.equal(
    summary.peakHeap,
    most(({ heap }) => heap),
  )
  assert.equal(
    summary.peakCpu,
    most(({ cpu }) => cpu),
  )
  assert.equal(
    summary.peakArrayBuffers,
    most(({ arrayBuffers }) => arrayBuffers),
  )
  assert.ok(summary.meanCpu > 0 && summary.seconds * 1000 <= after - before)
})

test('processor time is what the process used', async () => {
  const before = process.cpuUsage()
  const { profile } = await profileResources(() => spin(50).compute({ executor: 'inline' }))
  const { user, system } = process.cpuUsage(before)
  const seconds = (profile.summary.meanCpu / 100) * profile.summary.seconds
  assert.ok(seconds > 0 && seconds <= (user + system) / 1e6 + 1e-3, `${seconds} of ${(user + system) / 1e6}`)
})

test('an array that is held shows', async () => {
  const { result, profile } = await profileResources(() => new Uint8Array(30_000_000))
  const last = profile.samples.at(-1)!
  assert.ok(last.arrayBuffers >= result.byteLength)
  assert.ok(profile.summary.peakArrayBuffers >= last.arrayBuffers)
})

test('it prints a summary', async () => {
  const { profile } = await profileResources(() => spin(1).compute({ executor: 'inline' }))
  assert.match(
    String(profile),
    /^time .*\nCPU .*% of a core on average, .*% at most\nmemory .*iB at most\nheap .*iB at most\narray buffers .* at most$/,
  )
})

test('bad intervals are refused', async () => {
  for (const interval of [0, -1, Number.NaN, 'x' as never])
    await assert.rejects(
      profileResources(() => 1, { interval }),
      ArgumentError,
    )
})

test('children and their children are found, by what /proc says of them', (t) => {
  const proc = mkdtempSync(join(tmpdir(), 'heddle-proc-'))
  t.after(() => rmSync(proc, { recursive: true }))
  const processEntry = (pid: number, { children = '', threads = [pid], user = 0, system = 0, rss = 0, name = 'node' }): void => {
    for (const thread of threads) {
      mkdirSync(join(proc, String(pid), 'task', String(thread)), { recursive: true })
      // The first thread has started them all.
      writeFileSync(join(proc, String(pid), 'task', String(thread), 'children'), thread === threads.at(-1) ? children : '')
    }
    writeFileSync(
      join(proc, String(pid), 'stat'),
      `${pid} (${name}) S 1 1 1 0 -1 0 0 0 0 0 ${user} ${system} 0 0 20 0 1 0 100 1000 10`,
    )
    writeFileSync(join(proc, String(pid), 'status'), `Name:\t${name}\nVmRSS:\t  ${rss} kB\nThreads:\t1\n`)
  }
  processEntry(10, { children: '11 12 99 ', threads: [10, 15] })
  processEntry(11, { user: 150, system: 50, rss: 2048, children: '13 ' })
  processEntry(12, { user: 25, rss: 1024, name: 'a (b) c' })
  processEntry(13, { system: 7, rss: 512 })
  // 99 ended before one could look.
  assert.deepEqual(childUsage(10, proc), {
    processes: 3,
    cpu: new Map([
      [11, 2],
      [12, 0.25],
      [13, 0.07],
    ]),
    rss: (2048 + 1024 + 512) * 1024,
  })
  assert.deepEqual(childUsage(12, join(proc, 'nowhere')), { processes: 0, cpu: new Map(), rss: 0 })
})

test('a child process counts', { skip: platform() !== 'linux' && 'Linux tells of child processes' }, async (t) => {
  const child = spawn(process.execPath, ['-e', "process.stdin.resume(); console.log('up')"], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill())
  await once(child.stdout, 'data')
  const { profile } = await profileResources(() => undefined)
  const last = profile.samples.at(-1)!
  assert.ok(last.processes >= 1)
  assert.ok(last.rss > process.memoryUsage.rss() * 1.1)
})
