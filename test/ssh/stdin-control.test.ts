import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { ServiceError } from '../../src/cli/errors.js'
import { StdinControl } from '../../src/cli/stdin-control.js'

const token = 'ab'.repeat(32)

async function opened(first: object): Promise<{ input: PassThrough; next(): Promise<string>; control: StdinControl }> {
  const input = new PassThrough()
  input.write(`${JSON.stringify(first)}\n`)
  const control = await StdinControl.open(input)
  const heard: string[] = []
  let wake = (): void => undefined
  control.listen((order) => {
    heard.push(order)
    wake()
  })
  return {
    input,
    control,
    async next() {
      while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return heard.shift()!
    },
  }
}

test('secrets, then orders, then the end', async () => {
  const { input, control, next } = await opened({ token, addresses: ['tcp://h:1'], tls: { ca: 'a', cert: 'b', key: 'c' } })
  assert.deepEqual(control.addresses, ['tcp://h:1'])
  assert.equal(Buffer.from(control.credentials.token).toString('hex'), token)
  assert.deepEqual(control.credentials.tls, { ca: 'a', cert: 'b', key: 'c' })
  input.write('\n\nwhat\ndrain\n')
  assert.equal(await next(), 'drain')
  input.end()
  assert.equal(await next(), 'gone')
})

test('orders that come before anybody listens are not lost', async () => {
  const input = new PassThrough()
  input.end(`${JSON.stringify({ token })}\nclose\n`)
  const control = await StdinControl.open(input)
  await new Promise((resolve) => setImmediate(resolve))
  const heard: string[] = []
  control.listen((order) => heard.push(order))
  while (heard.length < 2) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(heard, ['close', 'gone'])
})

test('silence for too long is the end, and a sign of life puts it off', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { input, next } = await opened({ token, silence: 1000 })
  t.mock.timers.tick(900)
  input.write('\n')
  await new Promise((resolve) => setImmediate(resolve))
  t.mock.timers.tick(900)
  input.write('drain\n')
  assert.equal(await next(), 'drain')
  // An order starts the watch anew as well.
  input.write('\n')
  await new Promise((resolve) => setImmediate(resolve))
  t.mock.timers.tick(1000)
  assert.equal(await next(), 'gone')
})

test('no secrets', async () => {
  for (const [line, words] of [
    ['', /stdin has ended without a word/],
    ['hello\n', /the first line is not JSON/],
    ['{}\n', /the first line has no `token`/],
  ] as const) {
    const input = new PassThrough()
    input.end(line)
    await assert.rejects(StdinControl.open(input), (error) => {
      assert.ok(error instanceof ServiceError)
      assert.match(error.message, words)
      return true
    })
  }
})
