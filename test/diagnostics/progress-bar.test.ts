import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config } from '../../src/config/index.js'
import { showsProgress } from '../../src/diagnostics/install-progress.js'
import { ProgressBar } from '../../src/diagnostics/progress-bar.js'
import { EventKind, EventLog } from '../../src/events/index.js'
import type { Executor } from '../../src/executor/index.js'
import { Screen } from './screen.js'

/** As much of an executor as the bar looks at. */
function fakeExecutor(isolated = true): {
  executor: Executor
  submit(graph: number, label: string, size: number): void
  finish(graph: number): void
} {
  const log = new EventLog(1024)
  return {
    executor: { log, concurrency: 2, isolated } as unknown as Executor,
    submit(graph, label, size) {
      log.recordDetail(EventKind.graphSubmitted, 0, graph, -1, size, { labels: [label], sizes: [size] })
      log.flush()
    },
    finish(graph) {
      log.record(EventKind.taskFinished, 0, graph, 0, 0, 0, 0.1)
      log.record(EventKind.taskStored, 0, graph, 0, 0, 0, 8)
      log.flush()
    },
  }
}

/** A moment so long ago that the delay is over. */
const longAgo = (): number => performance.now() - 60_000

const counts = (screen: Screen): string[] =>
  screen.lines.map((line) =>
    line
      .replace(/ {2}[━─].*[━─] /, ' ')
      .replace(/ {2}(ETA|elapsed).*/, '')
      .replace(/\s+/g, ' '),
  )

test('before the delay is over nothing is written', () => {
  const screen = new Screen()
  const { executor, submit, finish } = fakeExecutor()
  const end = new ProgressBar(screen.stream()).begin({ executor, time: performance.now() })
  submit(1, 'inc', 10)
  finish(1)
  end()
  assert.equal(screen.written, '')
})

test('after the delay news are drawn, a tenth of a second apart at least, and the end takes all away', () => {
  const screen = new Screen()
  const { executor, submit, finish } = fakeExecutor()
  const end = new ProgressBar(screen.stream()).begin({ executor, time: longAgo() })
  submit(1, 'inc', 10)
  assert.deepEqual(counts(screen), ['inc 0/10 0%'])
  const { written } = screen
  finish(1)
  assert.equal(screen.written, written)
  end()
  assert.deepEqual(screen.lines, [])
})

test('without any news a timer draws', async () => {
  const screen = new Screen()
  const { executor, submit } = fakeExecutor()
  const stream = screen.stream()
  // The timers of the bar keep no process alive, so not this one either.
  const alive = setTimeout(() => undefined, 60_000)
  const end = await new Promise<() => void>((resolve) => {
    const out = {
      ...stream,
      write: (text: string | Uint8Array) => {
        stream.write(text)
        if (String(text).includes('inc')) resolve(begun)
        return true
      },
    }
    const begun = config.with({ progress: { delay: 20 } }, () =>
      new ProgressBar(out).begin({ executor, time: performance.now() }),
    )
    submit(1, 'inc', 10)
  })
  clearTimeout(alive)
  assert.deepEqual(counts(screen), ['inc 0/10 0%'])
  end()
  assert.deepEqual(screen.lines, [])
})

test('runs at the same time share the lines, on one executor or on several, until the last ends', () => {
  const screen = new Screen()
  const bar = new ProgressBar(screen.stream())
  const first = fakeExecutor()
  const second = fakeExecutor()
  const end1 = bar.begin({ executor: first.executor, time: longAgo() })
  const end2 = bar.begin({ executor: second.executor, time: performance.now() })
  const end3 = bar.begin({ executor: second.executor, time: performance.now() })
  second.submit(1, 'b', 4)
  assert.deepEqual(counts(screen), ['b 0/4 0%'])
  end1()
  assert.deepEqual(counts(screen), ['b 0/4 0%'])
  end2()
  assert.deepEqual(counts(screen), ['b 0/4 0%'])
  end3()
  assert.deepEqual(screen.lines, [])
  // A new beginning knows nothing of what was.
  const end4 = bar.begin({ executor: second.executor, time: longAgo() })
  second.submit(2, 'c', 3)
  assert.deepEqual(counts(screen), ['c 0/3 0%'])
  end4()
})

test('interrupts are listened to while lines are shown, but not where tasks run in this thread', () => {
  const listeners = (isolated: boolean): number[] => {
    const { executor, submit } = fakeExecutor(isolated)
    const before = process.listenerCount('SIGINT')
    const end = new ProgressBar(new Screen().stream()).begin({ executor, time: longAgo() })
    submit(1, 'inc', 10)
    const during = process.listenerCount('SIGINT')
    end()
    return [during - before, process.listenerCount('SIGINT') - before]
  }
  assert.deepEqual(listeners(true), [1, 0])
  assert.deepEqual(listeners(false), [0, 0])
})

test('who sees a bar', () => {
  const terminal = { isTTY: true, write: () => true }
  const file = { write: () => true }
  const yes = [
    showsProgress('auto', terminal, {}),
    showsProgress('auto', terminal, { CI: '', TERM: 'xterm' }),
    showsProgress(true, file, { CI: '1' }),
  ]
  assert.deepEqual(yes, [true, true, true])
  const no = [
    showsProgress('auto', file, {}),
    showsProgress('auto', terminal, { CI: 'true' }),
    showsProgress('auto', terminal, { TERM: 'dumb' }),
    showsProgress(false, terminal, {}),
  ]
  assert.deepEqual(no, [false, false, false, false])
})
