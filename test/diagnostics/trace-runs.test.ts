import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { SpanStatusCode, context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { Client, LocalCluster, span } from '../../src/index.js'
import { bag } from './traced-program.js'
import { traceRuns } from '../../src/diagnostics/index.js'

const exporter = new InMemorySpanExporter()

before(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
})
beforeEach(() => exporter.reset())
after(() => {
  trace.disable()
  context.disable()
})

function milliseconds([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1000 + nanoseconds / 1e6
}

/** By name of a span, that of the one that it is in. */
function nesting(spans: readonly ReadableSpan[]): Map<string, string | undefined> {
  const names = new Map(spans.map((one) => [one.spanContext().spanId, one.name]))
  return new Map(spans.map((one) => [one.name, names.get(one.parentSpanContext?.spanId ?? '')]))
}

for (const executor of ['inline', 'threads'] as const) {
  test(`${executor}: a computation is a span below the program's own, with its groups of tasks in their spans`, async () => {
    const stop = traceRuns()
    await trace.getTracer('program').startActiveSpan('program', async (own) => {
      await span('outer', () => span('inner', () => bag().compute({ executor })))
      own.end()
    })
    stop()
    await bag().compute({ executor })
    const spans = exporter.getFinishedSpans()
    const nested = nesting(spans)
    assert.equal(nested.get('heddle compute'), 'program')
    assert.equal(nested.get('outer'), 'heddle compute')
    assert.equal(nested.get('inner'), 'outer')
    assert.equal(spans.filter(({ name }) => name === 'heddle compute').length, 1)
    const groups = spans.filter(({ name }) => nested.get(name) === 'inner')
    assert.ok(groups.length > 0)
    const done = groups.reduce((sum, { attributes }) => sum + Number(attributes['heddle.tasks.done']), 0)
    const [compute] = spans.filter(({ name }) => name === 'heddle compute')
    assert.equal(done, compute!.attributes['heddle.tasks'])
    for (const one of spans) {
      assert.ok(milliseconds(one.startTime) <= milliseconds(one.endTime) + 1)
      // All at about the same time as the whole: the clocks agree.
      assert.ok(Math.abs(milliseconds(one.endTime) - milliseconds(compute!.endTime)) < 60_000)
    }
  })
}

test('with tasks: each is a span below its group, and errors are marked', async () => {
  const stop = traceRuns({ tasks: true })
  const fails = (): never => {
    throw new RangeError('no such thing')
  }
  await assert.rejects(bag().map(fails).compute({ executor: 'inline' }))
  stop()
  const spans = exporter.getFinishedSpans()
  const [compute] = spans.filter(({ name }) => name === 'heddle compute')
  assert.equal(compute!.status.code, SpanStatusCode.ERROR)
  assert.match(String(compute!.events[0]!.attributes!['exception.message']), /no such thing/)
  const single = spans.filter(({ attributes }) => attributes['heddle.key'] !== undefined)
  assert.ok(single.some(({ status }) => status.code === SpanStatusCode.ERROR))
})

test('calls of a client are spans, below the one that is active where each is made', { timeout: 60_000 }, async () => {
  await using cluster = await LocalCluster.start({ workers: 1, threadsPerWorker: 1 })
  await using client = await Client.connect(cluster)
  const stop = traceRuns()
  const tracer = trace.getTracer('program')
  const inc = (n: number): number => n + 1
  const fails = (): never => {
    throw new RangeError('no such thing')
  }
  // In one tick: they are sent together.
  const [one, two] = ['first', 'second'].map((name) =>
    tracer.startActiveSpan(name, (own) => {
      const future = client.submit(name === 'first' ? inc : fails, 1)
      own.end()
      return future
    }),
  )
  const key = one!.key
  assert.equal(await one, 2)
  await assert.rejects(async () => await two, /no such thing/)
  const never = client.submit(() => new Promise(() => undefined))
  await never.cancel()
  await assert.rejects(async () => await never)
  stop()
  await client.submit(inc, 2)
  const spans = exporter.getFinishedSpans()
  const nested = nesting(spans)
  assert.deepEqual([nested.get('inc'), nested.get('fails')], ['first', 'second'])
  const named = (name: string): ReadableSpan[] => spans.filter((one) => one.name === name)
  assert.deepEqual(
    named('inc').map(({ attributes, status }) => [attributes['heddle.key'], status.code]),
    [[key, SpanStatusCode.UNSET]],
  )
  assert.equal(named('fails')[0]!.status.code, SpanStatusCode.ERROR)
  assert.match(String(named('fails')[0]!.events[0]!.attributes!['exception.message']), /no such thing/)
  const ended = spans.filter(({ status }) => /cancelled/.test(status.message ?? ''))
  assert.equal(ended.length, 1)
})
