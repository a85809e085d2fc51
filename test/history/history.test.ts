import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { type Clock, Random } from '../../src/base/index.js'
import type { SchedulerServer } from '../../src/cluster/index.js'
import { config } from '../../src/config/index.js'
import { EventKind, EventLog } from '../../src/events/index.js'
import { AccountingFold } from '../../src/model/index.js'
import { type History, compareRuns, findRun, listRuns, openHistory, sumCosts } from '../../src/history/index.js'
import { journalHead, summaryRecord, tableOf, tasksRecord } from '../../src/history/journal-format.js'
import { recordScheduler } from '../../src/history/record-scheduler.js'
import { HistoryRecorder, type RecorderOptions } from '../../src/history/recorder.js'
import { TaskRows } from '../../src/history/task-rows.js'
import { removeOld } from '../../src/history/upkeep.js'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-history-test-'))
  folders.push(folder)
  return folder
}

/** A scheduler's log, recorded; its clock stands where the last event was. */
class Scene {
  readonly log = new EventLog(1 << 18)
  readonly accounting = new AccountingFold()
  readonly warnings: string[] = []
  time = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000
  #graph = 0
  readonly clock = { now: () => this.time } as Clock

  constructor() {
    this.log.listen(this.accounting.listener)
    this.log.recordDetail(EventKind.workerJoined, this.time, -1, 0, 0, {
      name: 'w0',
      host: 'node7',
      threads: 4,
      job: 'slurm 17',
      pool: 'big',
    })
  }

  record(folder: string, options: Partial<RecorderOptions> = {}): HistoryRecorder | undefined {
    return HistoryRecorder.start({
      log: this.log,
      accounting: this.accounting,
      clock: this.clock,
      scheduler: 'the scheduler',
      folder,
      tasks: true,
      keepFor: 0,
      maximumBytes: 0,
      lastWait: 120_000,
      warn: (message) => this.warnings.push(message),
      ...options,
    })
  }

  client(number: number, facts: { readonly name: string; readonly user?: string; readonly project?: string }): void {
    this.log.recordDetail(EventKind.clientJoined, this.time, -1, -1, number, facts)
    this.log.flush()
  }

  /** Runs so many tasks of a name, each after the one before; every `fails`th fails. */
  graph(client: number, label: string, tasks: number, took: number | (() => number), fails = 0): void {
    const { log } = this
    const graph = ++this.#graph
    const detail = { labels: [label], sizes: [tasks], spans: [['phase', 'inner']], client }
    log.recordDetail(EventKind.graphSubmitted, this.time, graph, -1, tasks, detail)
    for (let task = 0; task < tasks; task++) log.record(EventKind.taskReady, this.time, graph, task, 0, -1, 0)
    for (let task = 0; task < tasks; task++) {
      const seconds = typeof took === 'number' ? took : took()
      this.time += seconds
      if (fails > 0 && task % fails === 0) {
        log.recordDetail(EventKind.taskErred, this.time, graph, 0, 0, { message: `Error: no ${label}` }, task, 0)
      } else {
        log.record(EventKind.taskFinished, this.time, graph, task, 0, 0, seconds)
        log.record(EventKind.taskStored, this.time, graph, task, 0, 0, 100)
      }
      if (task % 1000 === 999) log.flush()
    }
    log.flush()
  }

  leave(client: number): void {
    this.log.record(EventKind.clientDropped, this.time, -1, -1, -1, -1, client)
    this.log.flush()
  }
}

async function withHistory<R>(folder: string, use: (history: History) => Promise<R>): Promise<R> {
  const history = await openHistory(folder)
  try {
    return await use(history)
  } finally {
    await history.close()
  }
}

test('each program that had tasks run becomes one file, with what it cost; those that only looked leave nothing', async () => {
  const folder = newFolder()
  const scene = new Scene()
  const recorder = scene.record(folder)!
  scene.client(1, { name: 'etl', user: "o'hara", project: 'astro' })
  scene.client(2, { name: 'looker', user: 'bob' })
  scene.graph(1, 'load', 5, 2)
  scene.graph(1, 'sum', 2, 1, 2)
  scene.leave(2)
  scene.leave(1)
  scene.client(3, { name: 'etl', user: 'bob', project: 'astro' })
  scene.graph(3, 'load', 5, 3)
  await recorder.close() // it is still there
  assert.deepEqual(scene.warnings, [])
  await withHistory(folder, async (history) => {
    assert.deepEqual(history.skipped, [])
    const runs = await listRuns(history, {}, 10)
    assert.deepEqual(
      runs.map(({ user, client, tasks, failed, elapsed, coreHours, status }) => [
        user,
        client,
        tasks,
        failed,
        elapsed,
        coreHours,
        status,
      ]),
      [
        ['bob', 'etl', 5, 0, 15, 15 / 3600, 'finished'],
        ["o'hara", 'etl', 7, 1, 12, 11 / 3600, 'finished'],
      ],
    )
    // Four threads, for twelve and for fifteen seconds: who only looked is charged nothing.
    assert.deepEqual(
      runs.map(({ reservedCoreHours }) => Math.round(reservedCoreHours * 3600)),
      [60, 48],
    )
    assert.deepEqual(
      (await listRuns(history, { user: "o'hara", failed: true }, 10)).map(({ user }) => user),
      ["o'hara"],
    )
    assert.equal((await listRuns(history, { since: new Date(scene.time * 1000) }, 10)).length, 0)
    assert.equal((await listRuns(history, { job: 'slurm 17' }, 10)).length, 2)
    const first = await findRun(history, 'last~1')
    assert.deepEqual(
      (await compareRuns(history, first, await findRun(history, 'last'))).map(({ group, span, running }) => [
        group,
        span,
        running,
      ]),
      [
        ['load', 'phase / inner', [10, 15]],
        ['sum', 'phase / inner', [1, 0]],
      ],
    )
    assert.deepEqual(
      (await sumCosts(history, ['project'], {})).map(({ by, runs: count, tasks }) => [by, count, tasks]),
      [[['astro'], 2, 12]],
    )
    const { rows } = await history.query(
      `SELECT "group", task, worker, seconds, stored_bytes, status FROM tasks WHERE run = '${first}' ORDER BY began, task`,
    )
    assert.equal(rows.length, 7)
    assert.deepEqual(rows[4], ['load', 4, 'w0', 2, 100n, 'finished'])
    // Four threads had nothing else to do, and one ran a task of a second or of two at a time; one failed.
    assert.deepEqual(
      (
        await history.query(
          `SELECT span, tasks, failed, running, reserved, idle, idle_for_disk, peak_bytes FROM spans WHERE run = '${first}' ORDER BY span`,
        )
      ).rows,
      [
        ['phase', 7n, 1n, 11, 48, 37, 0, 600n],
        ['phase / inner', 7n, 1n, 11, 48, 37, 0, 600n],
      ],
    )
    assert.deepEqual((await history.query('SELECT message, tasks FROM errors')).rows, [['Error: no sum', 1n]])
    assert.deepEqual((await history.query('SELECT host, job, pool, tasks FROM workers ORDER BY tasks')).rows, [
      ['node7', 'slurm 17', 'big', 5n],
      ['node7', 'slurm 17', 'big', 6n],
    ])
    assert.deepEqual((await history.query('SELECT tasks FROM submissions ORDER BY began')).rows, [[5n], [2n], [5n]])
  })
  assert.equal(readdirSync(folder).filter((name) => name.endsWith('.parquet')).length, 2)
})

test('what was done survives a scheduler that dies, and a journal that is cut off', async () => {
  const folder = newFolder()
  const scene = new Scene()
  const recorder = scene.record(folder)!
  scene.client(1, { name: 'etl', user: 'ann' })
  scene.graph(1, 'load', 40_000, 0.001) // more than one block
  await recorder.close()
  // As a scheduler would have left it that was killed: by a process that is not there any more.
  const [file] = readdirSync(folder)
  rmSync(join(folder, file!))
  const dead = { host: hostname(), pid: 2 ** 22 + 1 }
  const summary = {
    run: 'dead',
    status: 'running',
    writer: dead,
    began: 1,
    ended: 2,
    groups: [],
    spans: [],
    workers: [],
    submissions: [],
    errors: [],
    leftOut: { submissions: 0, errors: 0, tasks: 0 },
    reserved: 4,
    critical: { tasks: 0, running: 0, elapsed: 0 },
    peakMemory: 0,
    spilled: 0,
    advice: [],
    client: 'c',
    scheduler: 's',
  }
  const whole = Buffer.concat([journalHead(), ...summaryRecord(summary), ...summaryRecord({ ...summary, ended: 3 })])
  writeFileSync(join(folder, 'dead.journal'), whole)
  truncateSync(join(folder, 'dead.journal'), whole.length - 3)
  await withHistory(folder, async (history) => {
    const [run] = await listRuns(history, {}, 10)
    assert.deepEqual([run?.run, run?.status, run?.elapsed], ['dead', 'interrupted', 1])
  })
  assert.deepEqual(readdirSync(folder), ['dead.parquet'])
})

test('a journal of a process that lives is left alone', async () => {
  const folder = newFolder()
  const scene = new Scene()
  const recorder = scene.record(folder)!
  scene.client(1, { name: 'etl' })
  scene.graph(1, 'load', 3, 1)
  // The journal is there as soon as anything was submitted, and says whose it is.
  const other = new Scene().record(folder)!
  await other.close()
  await withHistory(folder, async (history) => assert.equal((await listRuns(history, {}, 10)).length, 0))
  assert.deepEqual(
    readdirSync(folder).map((name) => name.replace(/^.*\./, '')),
    ['journal'],
  )
  await recorder.close()
  await withHistory(folder, async (history) => assert.equal((await listRuns(history, {}, 10)).length, 1))
})

test('files that are no runs, or are damaged, are skipped and named', async () => {
  const folder = newFolder()
  const scene = new Scene()
  const recorder = scene.record(folder)!
  for (const client of [1, 2]) {
    scene.client(client, { name: `c${client}` })
    scene.graph(client, 'load', 100, 1)
    scene.leave(client)
    scene.time += 1
  }
  await recorder.close()
  await withHistory(folder, async () => undefined)
  const [first, second] = readdirSync(folder).sort()
  const bytes = readFileSync(join(folder, second!))
  writeFileSync(join(folder, 'cut.parquet'), bytes.subarray(0, bytes.length >> 1))
  const scrambled = Buffer.from(bytes)
  scrambled.fill(0xff, bytes.length - 200, bytes.length - 8)
  writeFileSync(join(folder, 'scrambled.parquet'), scrambled)
  writeFileSync(join(folder, 'empty.parquet'), '')
  writeFileSync(join(folder, 'text.done'), 'this is no journal')
  await withHistory(folder, async (history) => {
    assert.deepEqual(history.skipped.map(({ path }) => path.slice(folder.length + 1)).sort(), [
      'cut.parquet',
      'empty.parquet',
      'scrambled.parquet',
      'text.done',
    ])
    assert.equal((await listRuns(history, {}, 10)).length, 2)
  })
  assert.ok(first)
})

test('a folder that is read-only: one warning, and all goes on', {
  skip: process.seteuid === undefined && 'folders are not read-only here as they are elsewhere',
}, async (t) => {
  const folder = newFolder()
  // What is there can be read, also by whoever this process is then.
  writeFileSync(join(folder, 'earlier.txt'), 'here before')
  chmodSync(folder, 0o555)
  // Root may write everywhere: as anybody else this process may not.
  if (process.geteuid!() === 0) {
    process.seteuid!('nobody')
    t.after(() => process.seteuid!(0))
  }
  const scene = new Scene()
  const recorder = scene.record(folder)!
  for (const client of [1, 2]) {
    scene.client(client, { name: 'c' })
    scene.graph(client, 'load', 3, 1)
    scene.leave(client)
  }
  await recorder.close()
  assert.equal(scene.warnings.length, 1)
  assert.match(scene.warnings[0]!, /cannot be written to .*: EACCES.* history\.record: false turns it off/)
  assert.deepEqual(readdirSync(folder), ['earlier.txt'])
  // What ran is known all the same: two programs, three tasks each, of a second each.
  assert.equal(scene.accounting.accounts().workers[0]!.busy, 6)
})

test('a folder that cannot even be made is warned of once', async () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'file'), '')
  const scene = new Scene()
  assert.equal(scene.record(join(folder, 'file', 'history')), undefined)
  assert.equal(scene.warnings.length, 1)
  assert.match(scene.warnings[0]!, /cannot be written .*ENOTDIR.*history\.folder is another folder/)
})

test('a folder that goes away under a run: one warning, and the run goes on', async () => {
  const folder = newFolder()
  const scene = new Scene()
  const recorder = scene.record(folder)!
  rmSync(folder, { recursive: true })
  for (const client of [1, 2]) {
    scene.client(client, { name: 'c' })
    scene.graph(client, 'load', 3, 1)
    scene.leave(client)
  }
  await recorder.close()
  assert.equal(scene.warnings.length, 1)
})

test('old runs go after their time, and the oldest when there are too many', async () => {
  const folder = newFolder()
  const day = 24 * 60 * 60
  ;['a', 'b', 'c', 'd'].forEach((name, i) => {
    const path = join(folder, `${name}.parquet`)
    writeFileSync(path, Buffer.alloc(1000))
    const time = Date.now() / 1000 - (4 - i) * day + 60
    utimesSync(path, time, time)
  })
  // What a process has left that died while it made a file goes; what another one is making stays.
  writeFileSync(join(folder, '.x.part'), '')
  utimesSync(join(folder, '.x.part'), 1, 1)
  writeFileSync(join(folder, '.y.part'), '')
  writeFileSync(join(folder, 'begun.journal'), journalHead())
  utimesSync(join(folder, 'begun.journal'), 1, 1)
  writeFileSync(join(folder, 'begins.journal'), journalHead())
  await removeOld(folder, { keepFor: 0, maximumBytes: 0 })
  const kept = ['a.parquet', 'b.parquet', 'c.parquet', 'd.parquet']
  assert.deepEqual(readdirSync(folder).sort(), ['.y.part', ...kept, 'begins.journal'].sort())
  for (const name of ['.y.part', 'begins.journal']) unlinkSync(join(folder, name))
  await removeOld(folder, { keepFor: 3 * day * 1000, maximumBytes: 0 })
  assert.deepEqual(readdirSync(folder).sort(), ['b.parquet', 'c.parquet', 'd.parquet'])
  await removeOld(folder, { keepFor: 0, maximumBytes: 2500 })
  assert.deepEqual(readdirSync(folder).sort(), ['c.parquet', 'd.parquet'])
})

test('one setting turns it off', async () => {
  const folder = join(newFolder(), 'history')
  const { log, accounting, clock } = new Scene()
  const closing: (() => Promise<void>)[] = []
  const server = { log, accounting, clock, id: 'one', onClose: (close: () => Promise<void>) => closing.push(close) }
  for (const record of [false, true]) {
    config.with({ history: { record, folder } }, () => recordScheduler(server as unknown as SchedulerServer))
    assert.equal(existsSync(folder), record)
    assert.equal(closing.length, Number(record))
  }
  for (const close of closing) await close()
})

test('single tasks are not written when the setting says so', async () => {
  const folder = newFolder()
  const scene = new Scene()
  const recorder = scene.record(folder, { tasks: false })!
  scene.client(1, { name: 'c' })
  scene.graph(1, 'load', 30, 1)
  await recorder.close()
  await withHistory(folder, async (history) => {
    assert.deepEqual((await history.query('SELECT count(*) FROM tasks')).rows, [[0n]])
    assert.equal((await listRuns(history, {}, 1))[0]!.tasks, 30)
  })
})

test('journals give back what was put down, whatever tasks have in common', () => {
  const task = fc.record({
    graph: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 0, max: 1 }),
    worker: fc.integer({ min: -1, max: 1 }),
    ended: fc.integer({ min: 0, max: 3 }),
    status: fc.integer({ min: 0, max: 3 }),
    seconds: fc.float({ min: 0, max: 9, noNaN: true }),
    bytes: fc.oneof(fc.nat(), fc.maxSafeNat()),
  })
  fc.assert(
    fc.property(fc.array(task, { minLength: 1, maxLength: 40 }), fc.nat(), (tasks, cut) => {
      let rows = new TaskRows(1)
      tasks.forEach(({ graph, group, worker, ended, status, seconds, bytes }, number) => {
        if (rows.count === rows.room) rows = rows.grown()
        rows.begin(graph, group, worker, ended, status)
        rows.task[rows.count] = number
        rows.seconds[rows.count] = seconds
        rows.add(1, seconds)
        rows.stored(graph, number, bytes)
      })
      const length = 1 + (cut % tasks.length)
      const [, ...parts] = tasksRecord(rows.block(length))
      const table = tableOf(Buffer.concat(parts))
      assert.equal(table.length, length)
      const named = ['graph', 'group', 'task', 'worker', 'ended', 'seconds', 'bytes', 'status']
      for (let i = 0; i < length; i++) {
        const row = Object.fromEntries(named.map((name, c) => [name, table.columns[c]![i]]))
        assert.deepEqual(row, { ...tasks[i], task: i })
      }
      const sums = new Map<number, [number, number]>()
      rows.forEachWorker((worker, count, seconds) => {
        const [n, took] = sums.get(worker) ?? [0, 0]
        sums.set(worker, [n + count, took + seconds])
      })
      for (const worker of [0, 1]) {
        const own = tasks.filter((one) => one.worker === worker && one.status === 0)
        const [n, took] = sums.get(worker) ?? [0, 0]
        assert.equal(n, own.length)
        assert.ok(Math.abs(took - own.reduce((sum, { seconds }) => sum + seconds, 0)) < 1e-9)
      }
    }),
  )
})

test('no history: an error that says where it was looked for', async () => {
  await assert.rejects(openHistory('/nowhere/history'), { name: 'HistoryError', message: /no history in \/nowhere\/history/ })
})

test('a file takes no more than 20 bytes a task, whatever they took', async () => {
  const folder = newFolder()
  const scene = new Scene()
  const recorder = scene.record(folder)!
  scene.client(1, { name: 'many' })
  const random = new Random(1)
  for (let round = 0; round < 50; round++) scene.graph(1, `step ${round % 7}`, 2000, () => random.next() / 100)
  await recorder.close()
  await withHistory(folder, async (history) => {
    assert.deepEqual((await history.query('SELECT count(*) FROM tasks')).rows, [[100_000n]])
  })
  const [file] = readdirSync(folder)
  const { size } = statSync(join(folder, file!))
  assert.ok(size <= 20 * 100_000, `${size} bytes`)
})
