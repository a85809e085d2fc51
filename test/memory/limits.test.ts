import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ArgumentError, parseBytes } from '../../src/base/index.js'
import { availableMemory, memoryLimit, residentBytes } from '../../src/memory/index.js'
import { memoryFrom } from '../../src/config/memory-limit.js'
import { fromPs } from '../../src/memory/resident.js'

const GIB = 2 ** 30
const from = (files: Record<string, string>, total = 64 * GIB) => memoryFrom({ total, read: (path) => files[path] })

describe('available memory', () => {
  test('is what the machine has where nothing limits it', () => {
    assert.equal(from({}), 64 * GIB)
    assert.equal(from({ '/proc/self/cgroup': '0::/a/b\n', '/sys/fs/cgroup/a/b/memory.max': 'max\n' }), 64 * GIB)
    assert.equal(
      from({ '/proc/self/cgroup': '4:memory:/a\n', '/sys/fs/cgroup/memory/a/memory.limit_in_bytes': '9223372036854771712\n' }),
      64 * GIB,
    )
    assert.equal(
      from({ '/proc/self/limits': 'Max address space         unlimited            unlimited            bytes\n' }),
      64 * GIB,
    )
  })

  test('is the least of the groups around the process, of both versions', () => {
    const v2 = { '/proc/self/cgroup': '0::/job/step\n', '/sys/fs/cgroup/job/memory.max': `${8 * GIB}\n` }
    assert.equal(from(v2), 8 * GIB)
    assert.equal(from({ ...v2, '/sys/fs/cgroup/job/step/memory.max': `${4 * GIB}\n` }), 4 * GIB)
    assert.equal(from({ ...v2, '/sys/fs/cgroup/job/step/memory.high': `${3 * GIB}\n` }), 3 * GIB)
    assert.equal(from({ ...v2, '/sys/fs/cgroup/memory.max': `${2 * GIB}\n` }), 2 * GIB)
    assert.equal(from(v2, GIB), GIB)
    const v1 = { '/proc/self/cgroup': '9:cpu,cpuacct:/x\n4:memory:/job\n0::/y\n' }
    assert.equal(from({ ...v1, '/sys/fs/cgroup/memory/job/memory.limit_in_bytes': `${5 * GIB}\n` }), 5 * GIB)
    assert.equal(from({ ...v1, '/sys/fs/cgroup/memory/x/memory.limit_in_bytes': `${5 * GIB}\n` }), 64 * GIB)
  })

  test('is within the limit of address space', () => {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const limited = limits.replace(/^(Max address space\s+)\S+/m, (_, name: string) => name + 7 * GIB)
    assert.equal(from({ '/proc/self/limits': limited }), 7 * GIB)
  })

  test('of this process is some of the machine', () => {
    assert.ok(availableMemory() > 2 ** 20 && availableMemory() <= totalmem())
  })
})

describe('the limit of a worker', () => {
  const limit = (given: number | string, threads = 1) => memoryLimit(given, threads, { total: 16 * GIB, cores: 4 })

  test("'auto' shares the memory out as threads share the cores", () => {
    assert.equal(limit('auto'), 4 * GIB)
    assert.equal(limit('auto', 3), 12 * GIB)
    assert.equal(limit('auto', 9), 16 * GIB)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 2 ** 45 }),
        (workers, threads, total) => {
          const one = memoryLimit('auto', threads, { total, cores: workers * threads })
          assert.ok(one * workers <= total && (one + 1) * workers > total)
        },
      ),
    )
  })

  test('is a share, a size, or none', () => {
    assert.equal(limit(0.5), 8 * GIB)
    assert.equal(limit('0.25'), 4 * GIB)
    assert.equal(limit('50 %'), 8 * GIB)
    assert.equal(limit(1), 16 * GIB)
    assert.equal(limit('4 GiB'), parseBytes('4 GiB'))
    assert.equal(limit('3GB'), 3e9)
    assert.equal(limit(5e9), 5e9)
    assert.equal(limit('1 TB'), 16 * GIB)
    for (const none of [0, '0', 'none']) assert.equal(limit(none), Infinity)
  })

  test('else it is an error that says what is accepted', () => {
    for (const given of ['', 'lots', '-1', -1, NaN, Infinity, '5 lightyears', '150 %', '0 GB']) {
      assert.throws(
        () => limit(given),
        (error: Error) =>
          error instanceof ArgumentError && error.message.includes('memory limit') && error.message.includes("'4 GiB'"),
      )
    }
  })
})

describe('resident memory', () => {
  test('of this process grows with what it touches', async () => {
    const before = (await residentBytes(process.pid))!
    const held = Buffer.alloc(64 * 2 ** 20, 1)
    assert.ok((await residentBytes(process.pid))! > before + 48 * 2 ** 20)
    assert.equal(held.length, 64 * 2 ** 20)
  })

  test('of another process is what the other process and ps say; of none it is undefined', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log(process.memoryUsage.rss())'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    const own = Number(String(said))
    for (const bytes of [await residentBytes(child.pid!), await fromPs(child.pid!)]) {
      assert.ok(Math.abs(bytes! - own) < 0.3 * own, `${bytes} is about ${own}`)
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(await residentBytes(child.pid!), undefined)
    assert.equal(await fromPs(child.pid!), undefined)
  })
})
