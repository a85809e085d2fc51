import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Client, Future } from '../../../src/client/index.js'
import { onShortage } from '../../../src/memory/index.js'
import { LENGTH, SmallCluster } from './small-cluster.js'

const COUNT = 200
const MEGABYTE = LENGTH * 8
/** of them, where 60 MB are enough */
const SOME = 60
const numbers = Array.from({ length: COUNT }, (_, i) => i)
/** Of all numbers below COUNT, LENGTH times. */
const TOTAL = (LENGTH * (COUNT * (COUNT - 1))) / 2

/** Values of 1 MB. */
function arrays(client: Client): Future<Float64Array>[] {
  return client.map((i: number) => new Float64Array(2 ** 17).fill(i), numbers)
}

/** Adds them in pairs, and those again, and gives the sum of what comes out. */
function tree(client: Client, leaves: Future<Float64Array>[]): Future<number> {
  let level = leaves
  while (level.length > 1) {
    const next: Future<Float64Array>[] = []
    for (let i = 0; i + 1 < level.length; i += 2) {
      next.push(
        client.submit(
          (a: Float64Array, b: Float64Array) => a.map((x, k) => x + b[k]!),
          level[i]!,
          level[i + 1]!,
        ) as Future<Float64Array>,
      )
    }
    if (level.length % 2 === 1) next.push(level.at(-1)!)
    level = next
  }
  return client.submit((a: Float64Array) => a.reduce((x, y) => x + y, 0), level[0]!) as Future<number>
}

async function warningsOf(action: () => Promise<void>): Promise<string[]> {
  const heard: string[] = []
  const listen = ({ message }: Error): void => void heard.push(message)
  process.on('warning', listen)
  try {
    await action()
    // They are told on the next tick.
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('warning', listen)
  }
  return heard
}

describe('values of 200 MB on workers of 20 MB', () => {
  for (const workers of [1, 3]) {
    test(`are used as if they were in memory: ${workers} workers`, async () => {
      await using cluster = await SmallCluster.start({ workers })
      const { client } = cluster
      const leaves = arrays(client)
      assert.equal(await tree(client, leaves), TOTAL)
      const { spilled, held } = cluster.bytes
      assert.ok(spilled >= COUNT * MEGABYTE - workers * 40e6, `${spilled} bytes are on disk`)
      assert.ok(held < workers * 40e6, `${held} bytes are in memory`)
      for (const folder of cluster.folders) assert.equal(statSync(folder).mode & 0o777, 0o700)
      assert.ok(cluster.files.length > 0)
      for (const file of cluster.files) assert.equal(statSync(file).mode & 0o777, 0o600)
      // Now each by itself, and then all of them by the client, which reads no memory of workers full.
      const firsts = leaves.map((leaf) => client.submit((a: Float64Array) => a[0]!, leaf) as Future<number>)
      assert.deepEqual(await client.gather(firsts), numbers)
      const all = (await client.gather(leaves)) as Float64Array[]
      assert.deepEqual(
        all.map((a) => a.length * a[LENGTH - 1]!),
        numbers.map((i) => i * LENGTH),
      )
      assert.deepEqual(await cluster.close(), [])
    })
  }

  test('go from disk when nobody needs them any more', async () => {
    await using cluster = await SmallCluster.start()
    const { client } = cluster
    const leaves = arrays(client).slice(0, SOME)
    await tree(client, leaves)
    assert.ok(cluster.bytes.spilled > 20e6)
    for (const leaf of leaves) leaf.release()
    // The worker hears of the release before it hears of what is asked for next.
    await client.submit(() => 1)
    await client.submit(() => 2)
    assert.ok(cluster.bytes.spilled < 10e6, `${cluster.bytes.spilled} bytes are on disk`)
  })

  test('small ones go together', async () => {
    await using cluster = await SmallCluster.start()
    const { client } = cluster
    // 40,000 values of about 1 kB.
    const many = client.map(
      (i: number) => new Float64Array(128).fill(i),
      Array.from({ length: 40_000 }, (_, i) => i),
    )
    const sum = client.submit(
      (all: Float64Array[]) => all.reduce((s, a) => s + a[127]!, 0),
      many as never,
    ) as unknown as Future<number>
    assert.equal(await sum, (40_000 * 39_999) / 2)
    assert.ok(cluster.files.length < 100, `${cluster.files.length} files`)
    const some = (await client.gather(many.filter((_, i) => i % 1000 === 0))) as Float64Array[]
    assert.deepEqual(
      some.map((a) => a[5]),
      Array.from({ length: 40 }, (_, i) => i * 1000),
    )
  })
})

describe('faults', () => {
  test('damaged files: the values are computed again', async () => {
    await using cluster = await SmallCluster.start({ workers: 2 })
    const { client } = cluster
    const leaves = arrays(client).slice(0, SOME)
    const sum = await tree(client, leaves)
    assert.equal(sum, (LENGTH * (SOME * (SOME - 1))) / 2)
    for (const file of cluster.files) {
      const contents = readFileSync(file)
      if (contents.length < 1000) continue
      contents[contents.length - 500]! ^= 1
      writeFileSync(file, contents)
    }
    const warnings = await warningsOf(async () => {
      assert.equal(await tree(client, leaves), sum)
      const all = (await client.gather(leaves)) as Float64Array[]
      assert.deepEqual(
        all.map((a) => a[LENGTH - 1]),
        numbers.slice(0, SOME),
      )
    })
    assert.ok(
      warnings.some((text) =>
        /^w\d: a value that had left memory cannot be read and must be computed again .*damaged/.test(text),
      ),
      warnings[0],
    )
  })

  const canMount = process.platform === 'linux' && process.getuid?.() === 0
  test('a full disk: values stay in memory, and that is said once', {
    skip: canMount ? false : 'it takes root to make a small disk',
  }, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'heddle-test-disk-'))
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory]).status !== 0) {
      rmSync(directory, { recursive: true })
      t.skip('nothing can be mounted here')
      return
    }
    try {
      const warnings = await warningsOf(async () => {
        const cluster = await SmallCluster.start({ directory })
        const { client } = cluster
        const leaves = arrays(client).slice(0, SOME)
        const sums = leaves.map((leaf) => client.submit((a: Float64Array) => a[0]! * a.length, leaf) as Future<number>)
        assert.deepEqual(
          await client.gather(sums),
          numbers.slice(0, SOME).map((i) => i * LENGTH),
        )
        assert.ok(cluster.bytes.spilled < 8e6)
        assert.deepEqual(await cluster.close(), [])
      })
      assert.equal(warnings.filter((text) => /no room on the disk/.test(text)).length, 1, warnings.join('\n'))
      assert.equal(warnings.filter((text) => /itself in memory/.test(text)).length, 1)
    } finally {
      spawnSync('umount', ['-l', directory])
      rmSync(directory, { recursive: true, force: true })
    }
  })

  test('a result larger than all memory fails its task, and the worker goes on', async () => {
    await using cluster = await SmallCluster.start()
    const { client } = cluster
    const huge = client.submit(function makeHuge() {
      return new Float64Array(3_000_000)
    })
    await assert.rejects(Promise.resolve(huge), (error: Error) => {
      assert.match(error.message, /the result of makeHuge is 22\.89 MiB, and the worker w0 may take 19\.07 MiB in all/)
      return true
    })
    assert.equal(await client.submit(() => 42), 42)
  })

  test('a process that takes too much is paused, says so, and goes on when it takes less', async () => {
    let bytes = 19_000_000
    await using cluster = await SmallCluster.start({ workers: 2, processBytes: () => bytes })
    const { client } = cluster
    assert.equal(await client.submit((x: number) => x + 1, 1), 2)
    assert.ok(cluster.workers.some((worker) => worker.metrics().paused))
    bytes = 1_000_000
    assert.deepEqual(
      await client.gather(client.map((x: number) => x + 1, numbers)),
      numbers.map((x) => x + 1),
    )
  })

  test('where all processes take too much, tasks run one at a time all the same', async () => {
    await using cluster = await SmallCluster.start({ workers: 2, processBytes: () => 19_000_000 })
    const { client, workers } = cluster
    while (!workers.every((worker) => worker.metrics().paused)) await new Promise((resolve) => setImmediate(resolve))
    // The scheduler has heard of it by then.
    await client.schedulerInfo()
    for (let i = 0; i < 3; i++) assert.equal(await client.submit((x: number) => x + 1, i), i + 1)
    assert.deepEqual(
      await client.gather(client.map((x: number) => x * 2, numbers)),
      numbers.map((x) => x * 2),
    )
  })

  test('a process that takes too much asks those to give back who keep memory for later', async () => {
    let bytes = 19_000_000
    const forget = onShortage(() => {
      bytes = 1_000_000
    })
    try {
      await using cluster = await SmallCluster.start({ workers: 1, processBytes: () => bytes })
      const { client } = cluster
      assert.deepEqual(
        await client.gather(client.map((x: number) => x + 1, numbers)),
        numbers.map((x) => x + 1),
      )
      while (bytes > 1_000_000) await new Promise((resolve) => setImmediate(resolve))
    } finally {
      forget()
    }
  })

  test('a local directory that cannot be used: the worker does not join, and says what to do', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'heddle-test-'))
    const file = join(directory, 'file')
    writeFileSync(file, '')
    chmodSync(file, 0o600)
    try {
      await assert.rejects(SmallCluster.start({ directory: file }), (error: Error) => {
        assert.ok(error.message.includes(file) && /set memory\.localDirectory/.test(error.message), error.message)
        return true
      })
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
