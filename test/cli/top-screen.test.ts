import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { type TopModel, type TopView, topColumns, topScreen } from '../../src/cli/top-screen.js'
import type { WorkerDescription } from '../../src/client/index.js'
import { textWidth } from '../../src/diagnostics/index.js'
import { AccountingFold, EventKind, EventLog } from '../../src/events/index.js'

function workerOf(name: string, memory: number, paused = false): WorkerDescription {
  const metrics = { held: memory / 2, spilled: 0, memory, cpu: memory / 1e9, executing: 1, ready: 0, paused }
  return { name, host: 'node-1', threads: 2, memoryLimit: 4e9, metrics } as WorkerDescription
}

function model(workers: readonly WorkerDescription[], labels: readonly string[]): TopModel {
  const log = new EventLog()
  const fold = new AccountingFold()
  log.listen(fold.listener)
  log.recordDetail(EventKind.workerJoined, 0, -1, 0, 0, { name: 'w', host: 'h', threads: 2 })
  log.recordDetail(EventKind.graphSubmitted, 1, 1, -1, labels.length, { labels, sizes: labels.map(() => 1) })
  labels.forEach((_, task) => {
    log.record(EventKind.taskReady, 1, 1, task, task, -1, 0)
    log.record(EventKind.taskFinished, 2, 1, task, task, 0, 0.5)
    log.record(EventKind.taskStored, 2, 1, task, task, 0, 8)
  })
  log.flush()
  return { address: 'tls://host:8786', accounts: fold.accounts(), workers, rate: 1234 }
}

const view: TopView = { width: 100, height: 24, colors: false, sort: 'name', reverse: false, offset: 0 }

test('workers are sorted as is wanted, and scrolled', () => {
  const workers = [workerOf('w-10', 3e9), workerOf('w-9', 1e9, true), workerOf('w-2', 2e9)]
  const names = (wish: Partial<TopView>): string[] =>
    topScreen(model(workers, ['inc']), { ...view, ...wish }).flatMap((line) => /^(w-\d+) /.exec(line)?.[1] ?? [])
  assert.deepEqual(names({}), ['w-2', 'w-9', 'w-10'])
  assert.deepEqual(names({ reverse: true }), ['w-10', 'w-9', 'w-2'])
  assert.deepEqual(names({ sort: 'memory' }), ['w-10', 'w-2', 'w-9'])
  assert.deepEqual(names({ height: 10, offset: 1 }), ['w-9', 'w-10'])
  const text = topScreen(model(workers, ['inc']), view).join('\n')
  assert.match(text, /3 workers \(1 paused\) {3}2 threads, 6\.0 cores in use/)
  assert.match(text, /1,?2\d\d tasks\/s|1\.2k tasks\/s/)
  assert.match(text, /inc .* 1\/1 {2}100%/)
})

test('whatever there is and however small the screen: no line is wider, and there are not more than fit', () => {
  const names = fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 30 })
  fc.assert(
    fc.property(
      names,
      names,
      fc.integer({ min: 20, max: 200 }),
      fc.integer({ min: 3, max: 60 }),
      fc.boolean(),
      fc.constantFrom(...topColumns),
      fc.nat({ max: 50 }),
      (workers, labels, width, height, colors, sort, offset) => {
        const described = workers.map((name, i) => workerOf(name, i * 1e8, i % 3 === 0))
        const lines = topScreen(model(described, labels), { width, height, colors, sort, reverse: false, offset })
        assert.ok(lines.length <= height, `${lines.length} lines in ${height}`)
        for (const line of lines) assert.ok(textWidth(stripVTControlCharacters(line)) <= width, JSON.stringify(line))
      },
    ),
    { numRuns: 60 },
  )
})
