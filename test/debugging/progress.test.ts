import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fromSequence } from '../../src/bag/index.js'
import { type Client, futuresOf, watchProgress } from '../../src/client/index.js'
import { delayed } from '../../src/delayed/index.js'
import { ProgressBar } from '../../src/diagnostics/progress-bar.js'
import { drawProgress } from '../../src/diagnostics/progress.js'
import { progress } from '../../src/diagnostics/index.js'
import { Gate, pass } from '../client/gate.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'
import { Screen } from '../diagnostics/screen.js'

let cluster: InProcessCluster
let client: Client

before(async () => {
  cluster = await InProcessCluster.start()
  client = cluster.client
})
after(() => cluster.close())

test('a watch counts tasks and those that they need, from where they are when it begins to the end', async () => {
  const gate = await Gate.start()
  try {
    const first = client.submit(pass, gate.url, 1)
    const second = client.submit(function double(x: number) {
      return x * 2
    }, first)
    const other = client.submit(function other() {
      return 0
    })
    const bad = client.submit(function bad(x: number): number {
      throw new Error(String(x))
    }, second)
    await gate.arrived()
    await other
    const [watch] = await watchProgress([bad])
    const of = async (): Promise<Record<string, string>> =>
      Object.fromEntries((await watch!.groups()).map(({ label, total, done, erred }) => [label, `${done}+${erred}/${total}`]))
    assert.deepEqual(await of(), { bad: '0+0/1', double: '0+0/1', pass: '0+0/1' })
    gate.open()
    await bad.settled()
    assert.deepEqual(await of(), { bad: '0+1/1', double: '1+0/1', pass: '1+0/1' })
    await watch!.stop()
    await assert.rejects(watch!.groups(), /nobody watches/)
  } finally {
    gate.close()
  }
})

test('what is done is drawn, and taken away at the end', async () => {
  const gate = await Gate.start()
  const screen = new Screen()
  let drawn: string[] = []
  let show!: () => void
  const shown = new Promise<void>((resolve) => {
    show = resolve
  })
  const stream = screen.stream()
  const bar = new ProgressBar({
    ...stream,
    write: (text) => {
      stream.write(text as string)
      if (screen.lines.length > 0) {
        drawn = screen.lines
        show()
      }
      return true
    },
  })
  try {
    const futures = client.map(pass, [gate.url, gate.url, gate.url], [1, 2, 3])
    await gate.arrived(3)
    const over = drawProgress(futures, undefined, bar)
    await shown
    assert.match(drawn[0]!, /^pass .* 0\/3 +0%/)
    gate.open()
    await over
    assert.deepEqual(screen.lines, [])
    assert.ok(futures.every(({ done }) => done))
  } finally {
    gate.close()
  }
})

test('collections too; what fails does not throw; what no client keeps is refused', async () => {
  const bar = new ProgressBar(new Screen().stream())
  const bag = fromSequence([1, 2, 3, 4], { partitions: 4 })
    .map((x) => x + 1)
    .persist({ executor: client })
  await drawProgress(bag, undefined, bar)
  assert.ok(futuresOf(bag).every(({ status }) => status === 'finished'))
  const bad = client.submit((): number => {
    throw new Error('no good')
  })
  await progress(bad)
  assert.equal(bad.status, 'error')
  await assert.rejects(progress(delayed(() => 1)()), /persist it first/)
  await assert.rejects(progress(7 as never), /no future/)
  const reason = new Error('enough')
  await assert.rejects(progress(bad, { signal: AbortSignal.abort(reason) }), reason)
})
