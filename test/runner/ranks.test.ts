// Ranks as real processes, started by these tests instead of a launcher: how the world ends.
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { listRuns, openHistory } from '../../src/history/index.js'
import { launch } from './launch.js'

const limit = { timeout: 120_000 }

/** The scheduler files that are left. */
const left = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.json'))

test('four ranks: every one ends with 0, and nothing is left', limit, async (t) => {
  const ranks = launch(t, 'job', 4)
  const ends = await ranks.ended
  assert.deepEqual(
    ends.map(({ code, stderr }) => [code, stderr]),
    Array(4).fill([0, '']),
  )
  assert.match(ends[0]!.stdout, /^scheduler tcp:\/\/127\.0\.0\.1:\d+, its page http:\/\/127\.0\.0\.1:\d+\n$/)
  assert.equal(ends[1]!.stdout, 'client\n{"names":["2","3"],"sum":42}\n')
  assert.equal(ends[2]!.stdout, 'worker\n')
  assert.deepEqual(left(ranks.folder), [])
})

test('what ranks ran is in the history', limit, async (t) => {
  const HEDDLE_HISTORY__FOLDER = mkdtempSync(join(tmpdir(), 'heddle-ranks-history-'))
  t.after(() => rmSync(HEDDLE_HISTORY__FOLDER, { recursive: true, force: true }))
  await launch(t, 'job', 3, { HEDDLE_HISTORY__RECORD: 'true', HEDDLE_HISTORY__FOLDER }).ended
  const history = await openHistory(HEDDLE_HISTORY__FOLDER)
  t.after(() => history.close())
  const runs = await listRuns(history, {}, 10)
  assert.deepEqual(
    runs.map(({ status, tasks }) => [status, tasks]),
    [['finished', 1]],
  )
})

for (const [how, code] of [
  ['throw', 1],
  ['exit', 3],
  ['forget', 0],
] as const) {
  test(`the program ends without closing (${how}): the others leave with 0`, limit, async (t) => {
    const ranks = launch(t, 'job', 3, { HOW: how })
    const ends = await ranks.ended
    assert.deepEqual(
      ends.map((end) => end.code),
      [0, code, 0],
    )
    assert.deepEqual(left(ranks.folder), [])
  })
}

test('the program is killed: the others leave', limit, async (t) => {
  const ranks = launch(t, 'job', 3, { HOW: 'stay' })
  await ranks.written(1, '"sum":42')
  ranks.processes[1]!.kill('SIGKILL')
  const ends = await ranks.ended
  assert.deepEqual(
    ends.map((end) => end.code),
    [0, 'SIGKILL', 0],
  )
})

test('the scheduler is killed: the workers fail, and the program hears of it', limit, async (t) => {
  const ranks = launch(t, 'job', 3, { HOW: 'stay' })
  await ranks.written(1, '"sum":42')
  ranks.processes[0]!.kill('SIGKILL')
  const gone = new Promise<void>((resolve) => ranks.processes[1]!.stderr!.on('data', (text) => /is gone/.test(text) && resolve()))
  await gone
  ranks.processes[1]!.kill()
  const [, , worker] = await ranks.ended
  assert.equal(worker!.code, 1)
  assert.match(worker!.stderr, /RunnerError: worker 2 has ended: the connection to the scheduler broke/)
})

test('a rank that fails at once: the scheduler waits no longer than it is told', limit, async (t) => {
  const ranks = launch(t, 'job', 3, { HOW: 'early 1', JOIN: '3 s' })
  const [scheduler, client, worker] = await ranks.ended
  assert.equal(scheduler!.code, 1)
  assert.match(scheduler!.stderr, /RunnerError: the rank of the program has not joined within 3 s \(joinTimeout\)/)
  assert.equal(client!.code, 1)
  // On a busy machine it comes when the scheduler has gone again.
  assert.ok(worker!.code === 0 || /no scheduler has answered/.test(worker!.stderr), worker!.stderr)
})

test('the scheduler’s rank fails at once: the others wait no longer than they are told', limit, async (t) => {
  const ranks = launch(t, 'job', 3, { HOW: 'early 0', JOIN: '1 s' })
  for (const { code, stderr } of await ranks.ended) {
    assert.equal(code, 1)
    assert.match(
      stderr,
      /this rank fails|no scheduler has answered by .*heddle-run\.json within 1 s \(joinTimeout\): it does not exist/,
    )
  }
})

test('a worker’s rank fails at once: the program is told which', limit, async (t) => {
  const ranks = launch(t, 'job', 4, { HOW: 'early 3', JOIN: '5 s' })
  const [scheduler, client, worker, failed] = await ranks.ended
  assert.equal(client!.code, 1)
  assert.match(client!.stderr, /RunnerError: [01] of 2 workers have joined in time; missing: (?:2, )?3/)
  assert.deepEqual([scheduler!.code, failed!.code], [0, 1])
  assert.ok(worker!.code === 0 || /no scheduler has answered/.test(worker!.stderr), worker!.stderr)
})

test('SIGTERM ends a scheduler and a worker in order', limit, async (t) => {
  const ranks = launch(t, 'job', 3, { HOW: 'stay' })
  await ranks.written(1, '"sum":42')
  for (const child of ranks.processes) child.kill('SIGTERM')
  const ends = await ranks.ended
  assert.deepEqual(left(ranks.folder), [])
  assert.equal(ends[0]!.code, 143)
  // It may hear from the scheduler first.
  assert.ok(ends[2]!.code === 143 || ends[2]!.code === 0, String(ends[2]!.code))
})

test('two ranks are too few, and every one says so; with inclusive workers they do', limit, async (t) => {
  for (const { code, stderr } of await launch(t, 'job', 2).ended) {
    assert.equal(code, 1)
    assert.match(stderr, /WorldTooSmall: MPIRunner: the world is too small: 2 of at least 3 ranks/)
  }
  const ends = await launch(t, 'job', 2, { INCLUSIVE: 'yes' }).ended
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0],
  )
  assert.match(ends[1]!.stdout, /{"names":\["0","1"\],"sum":42}/)
})

test('a scheduler file that an earlier run has left is no obstacle', limit, async (t) => {
  const ranks = launch(t, 'job', 3, { FILE: 'scheduler.json' })
  const stale = join(ranks.folder, 'scheduler.json')
  // Nobody listens at port 1.
  writeFileSync(stale, JSON.stringify({ id: 'old', addresses: ['tcp://127.0.0.1:1'], token: '00'.repeat(32) }))
  chmodSync(stale, 0o600)
  const ends = await ranks.ended
  assert.deepEqual(
    ends.map(({ code, stderr }) => [code, stderr]),
    Array(3).fill([0, '']),
  )
})

test('the scheduler serves its page, which the program knows the way to; or none', limit, async (t) => {
  const ends = await launch(t, 'job', 3, { PAGE: 'yes' }).ended
  const [, page] = /its page (\S+)\n/.exec(ends[0]!.stdout)!
  const [, { link, status }] = ends[1]!.stdout.split('\n').map((line) => (line.startsWith('{') ? JSON.parse(line) : {}))
  assert.ok(link.startsWith(`${page}/?key=`), link)
  assert.ok(status < 400, String(status))
  const none = await launch(t, 'job', 3, { PAGE: 'yes', HEDDLE_DASHBOARD__ENABLED: 'false' }).ended
  assert.match(none[0]!.stdout, /its page undefined\n/)
  assert.match(none[1]!.stdout, /^\{\}$/m)
})

test('execute: the program on its rank, undefined on the others, and all go on', limit, async (t) => {
  const ends = await launch(t, 'small', 3).ended
  assert.deepEqual(
    ends.map(({ stdout }) => stdout),
    ['rank 0: undefined\n', 'rank 1: 42\n', 'rank 2: undefined\n'],
  )
  for (const { code, stderr } of ends) assert.deepEqual([code, stderr], [0, ''])
})
