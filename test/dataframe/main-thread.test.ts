// Functions of the program that have no translation do not run in the main thread, which others need.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { count, fromRecords, max, min, nunique, readParquet, sql, sum } from 'heddle/dataframe'

const rows = sql<{ i: number; text: string }>('SELECT i, $$text $$ || i AS text FROM range(40000) t(i)')

describe('where functions without a translation run', () => {
  test('those of rows', async () => {
    const made = rows.assign(
      {
        main: (r) => {
          for (const character of r.text)
            if (character === 'x') return process.getBuiltinModule('node:worker_threads').isMainThread
          return true
        },
      },
      { types: { main: 'boolean' } },
    )
    assert.deepEqual(await made.limit(2).select('main').toRecords(), [{ main: false }, { main: false }])
  })

  test('those of the values of a column', async () => {
    const main = rows.col('text').map(
      (text) => {
        for (const character of text) if (character === 'x') return process.getBuiltinModule('node:worker_threads').isMainThread
        return true
      },
      { type: 'boolean' },
    )
    const made = rows.assign({ main }).limit(2).select('main')
    assert.deepEqual(await made.toRecords(), [{ main: false }, { main: false }])
  })

  test('those of groups', async () => {
    const groups = rows.assign({ k: (r) => r.i % 2 }).groupBy('k')
    const made = groups.apply((list) => list.length < 0 || process.getBuiltinModule('node:worker_threads').isMainThread, {
      type: 'boolean',
    })
    assert.deepEqual(await made.select('value').toRecords(), [{ value: false }, { value: false }])
  })
})

/** What the kernel has given the main thread of its processors so far, in milliseconds; it counts by ticks of 4. */
const busy = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6

/** The main thread's turns while something is computed, in milliseconds of its processor, as others may be using that. */
async function turnsOf(work: () => Promise<unknown>): Promise<{ readonly longest: number; readonly all: number }> {
  const first = busy()
  let longest = 0
  let last = first
  let isOn = true
  const turn = () => {
    const now = busy()
    longest = Math.max(longest, now - last)
    last = now
    if (isOn) setTimeout(turn, 1)
  }
  setTimeout(turn, 1)
  await work()
  // The turn in which it ended counts, too.
  await new Promise((resolve) => setTimeout(resolve, 2))
  isOn = false
  return { longest, all: last - first }
}

describe('while functions run as JavaScript', {
  skip: process.platform !== 'linux' && 'the times of threads are asked of Linux',
}, () => {
  test('the main thread has turns of less than 10 ms', async () => {
    const made = rows
      .assign(
        {
          vowels: (r): number => {
            let n = 0
            for (const character of r.text) if ('aeiou'.includes(character)) n++
            return n
          },
        },
        { types: { vowels: 'number' } },
      )
      .groupBy()
      .agg({ all: (g) => sum(g.vowels as number) })
    const turns: string[] = []
    // The threads are started in the first; of the others a collection of garbage may be in one.
    for (let round = 0; round < 6; round++) {
      const { longest } = await turnsOf(async () => assert.deepEqual(await made.toRecords(), [{ all: 40_000 }]))
      if (round > 0 && longest < 10) return
      turns.push(longest.toFixed(1))
    }
    assert.fail(`turns of ${turns.join(', ')} ms`)
  })
})

describe('while texts that are not ASCII are asked about', {
  skip: process.platform !== 'linux' && 'the times of threads are asked of Linux',
}, () => {
  test('the main thread has turns of less than 10 ms', async () => {
    const texts = sql<{ i: number; text: string }>('SELECT i, $$Straße über Ål $$ || i AS text FROM range(60000) t(i)')
    const made = texts
      .assign({ loud: (r) => r.text.toUpperCase() })
      .groupBy()
      .agg({ least: (g) => min(g.loud), most: (g) => max(g.loud), n: (g) => nunique(g.loud) })
    const expected = Array.from({ length: 60_000 }, (_, i) => `Straße über Ål ${i}`.toUpperCase()).sort()
    const turns: string[] = []
    // The threads are started in the first; of the others a collection of garbage may be in one.
    for (let round = 0; round < 6; round++) {
      const { longest, all } = await turnsOf(async () =>
        assert.deepEqual(await made.toRecords(), [{ least: expected[0], most: expected.at(-1), n: 60_000 }]),
      )
      if (round > 0 && longest < 10) return
      turns.push(`${longest.toFixed(1)} of ${all.toFixed(1)}`)
    }
    assert.fail(`turns of ${turns.join(', ')} ms`)
  })

  const texts = sql<{ i: number; text: string }>('SELECT i, $$Straße $$ || i AS text FROM range(60000) t(i)')
  const loud = texts.assign({ loud: (r) => r.text.toUpperCase() })
  const totals = (frame: typeof loud) =>
    frame
      .groupBy()
      .agg({ least: (g) => min(g.loud), most: (g) => max(g.loud), n: (g) => nunique(g.loud) })
      .toRecords()
  const upper = Array.from({ length: 60_000 }, (_, i) => `STRASSE ${i}`).sort()
  const expected = [{ least: upper[0], most: upper.at(-1), n: 60_000 }]
  const kept: Readonly<Record<string, () => Promise<typeof loud>>> = {
    'rows that are persisted': async () => loud.persist(),
    'a folder of partitions that is written': async () => {
      const folder = mkdtempSync(join(tmpdir(), 'heddle-turns-'))
      after(() => rmSync(folder, { recursive: true, force: true }))
      await loud.assign({ part: (r) => r.i % 3 }).toParquet(folder, { partitionBy: ['part'] })
      return readParquet<{ i: number; text: string; loud: string }>(folder)
    },
  }
  for (const [what, keep] of Object.entries(kept)) {
    test(`${what}, in turns of less than 10 ms`, async () => {
      const turns: string[] = []
      for (let round = 0; round < 8; round++) {
        let frame: typeof loud | undefined
        const { longest, all } = await turnsOf(async () => {
          frame = await keep()
          assert.equal(await frame.count().compute(), 60_000)
        })
        if (round === 0) assert.deepEqual(await totals(frame!), expected)
        else if (longest < 10) return
        turns.push(`${longest.toFixed(1)} of ${all.toFixed(1)}`)
      }
      assert.fail(`turns of ${turns.join(', ')} ms`)
    })
  }

  test('few of them need no threads', async () => {
    const texts = sql<{ i: number; text: string }>(
      "SELECT i, CASE WHEN i % 200 = 0 THEN 'ß' ELSE 'street' END AS text FROM range(60000) t(i)",
    )
    const groups = texts.groupBy({ loud: (r) => r.text.toUpperCase() }).agg({ n: count() })
    assert.deepEqual(await groups.sort('loud').toRecords(), [
      { loud: 'SS', n: 300 },
      { loud: 'STREET', n: 59_700 },
    ])
  })
})

describe('while rows come in and go out', {
  skip: process.platform !== 'linux' && 'the times of threads are asked of Linux',
}, () => {
  const many =
    sql(`SELECT i, i % 3 = 0 AS b, $$text $$ || i AS text, TIMESTAMP '2024-01-01' + to_seconds(i) AS t, [i, i + 1] AS list,
    i::HUGEINT AS wide, i::DECIMAL(9, 2) AS cents FROM range(40000) t(i)`)
  const records = Array.from({ length: 40_000 }, (_, i) => ({ i, text: `text ${i}`, t: new Date(i), even: i % 2 === 0 }))

  const ways: Readonly<Record<string, () => () => Promise<unknown>>> = {
    'objects are made of them': () => () => many.select('i', 'b', 'text').toRecords(),
    'columns of Arrow are made of them': () => () => many.compute(),
    'a list is made of a column': () => () => many.col('t').compute(),
    'objects become columns': () => {
      const given = fromRecords(records)
      return () => given.count().compute()
    },
  }
  for (const [what, begin] of Object.entries(ways)) {
    test(`${what}, in turns of the main thread`, async () => {
      await begin()()
      // 10 ms, or on a slow machine a fraction of what it takes in all; a collection of garbage may be in some rounds.
      const seen: string[] = []
      for (let round = 0; round < 8; round++) {
        const { longest, all } = await turnsOf(begin())
        if (longest < Math.max(10, all / 3)) return
        seen.push(`${longest.toFixed(1)} of ${all.toFixed(1)}`)
      }
      assert.fail(`turns of ${seen.join(', ')} ms`)
    })
  }
})
