import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { config } from '../../src/config/index.js'
import { FileChangedError, FileNotFoundError, RemoteError } from '../../src/filesystem/index.js'
import { httpStore } from '../../src/filesystem/http.js'
import { backoff, type Timing } from '../../src/filesystem/timing.js'
import { FaultyServer } from './faulty-server.js'

const server = new FaultyServer()
let base = ''
before(async () => {
  base = await server.start()
})
after(() => server.stop())

/** Waits are noted and over at once; patience ends when a test says so. */
const waits: number[] = []
let losePatience: (() => void) | undefined
const timing: Timing = {
  sleep: async (milliseconds) => void waits.push(milliseconds),
  after(_milliseconds, run) {
    losePatience = run
    return () => {
      losePatience = undefined
    }
  },
  random: () => 0.5,
}
const store = httpStore(timing)
const bytes = randomBytes(400_000)

beforeEach(() => {
  Object.assign(server, { ranges: true, lengths: true, tags: true })
  server.faults.length = server.requests.length = waits.length = 0
  server.files.clear()
  server.files.set('/file', bytes)
  server.files.set('/private/file', bytes)
})

const drain = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

test('a cut connection is taken up where it was cut', async () => {
  server.faults.push({ kind: 'cut', bytes: 100_000 }, { kind: 'cut', bytes: 50_000 })
  assert(bytes.subarray(1000, 399_000).equals(await store.read(`${base}/file`, 1000, 399_000)))
  assert.deepEqual(server.requests, [
    'GET /file bytes=1000-398999',
    'GET /file bytes=101000-398999',
    'GET /file bytes=151000-398999',
  ])
  server.ranges = false
  server.faults.push({ kind: 'cut', bytes: 100_000 })
  assert(bytes.equals(await drain(store.stream(`${base}/file`))))
})

test('a file that changes while its connection is cut is a FileChangedError, also without tags', async () => {
  for (const tags of [true, false]) {
    server.tags = tags
    server.faults.push({ kind: 'cut', bytes: 100_000 })
    const reading = (async () => {
      for await (const chunk of store.stream(`${base}/file`)) {
        if (chunk.length > 0) server.files.set('/file', randomBytes(400_000))
      }
    })()
    // Without a tag this server's dates are all the same, so the change cannot be seen.
    if (tags) await assert.rejects(reading, FileChangedError)
    else await reading
  }
})

test('passing failures are asked again, later and later, and after as long as the server asks', async () => {
  server.faults.push(
    { kind: 'status', status: 503 },
    { kind: 'reset' },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
  )
  assert.equal((await store.stat(`${base}/file`)).size, bytes.length)
  assert.deepEqual(
    waits,
    [0, 1, 2, 3].map((failures) => (failures === 3 ? 7000 : backoff(failures, timing))),
  )
  assert(waits[2]! > waits[1]! && waits[1]! > waits[0]!)
})

test('what does not pass is an error that names the URL, the status and the tries', async () => {
  server.faults.push(...Array.from({ length: 3 }, () => ({ kind: 'status', status: 503 }) as const))
  const twice = config.with({ filesystem: { retries: 2 } }, () => store.read(`${base}/file?token=s3cret`, 0, 1))
  await assert.rejects(twice, (error: unknown) => {
    assert(error instanceof RemoteError && error.status === 503)
    assert.equal(error.message, `Could not use ${base}/file?…: the server answered 503 Service Unavailable (3 tries)`)
    return true
  })
  waits.length = 0
  server.faults.push({ kind: 'status', status: 400 })
  await assert.rejects(store.stat(`${base}/file`), (error: unknown) => error instanceof RemoteError && error.status === 400)
  await assert.rejects(store.stat(`${base}/none`), (e: unknown) => e instanceof FileNotFoundError && /404/.test(e.message))
  await assert.rejects(store.stat(`${base}/private/file`), /401 Unauthorized.*credentials/)
  assert.deepEqual(waits, [])
})

test('nobody there', async () => {
  const nobody = createServer()
  await new Promise<void>((done) => nobody.listen(0, '127.0.0.1', done))
  const { port } = nobody.address() as AddressInfo
  await new Promise((done) => nobody.close(done))
  const asked = config.with({ filesystem: { retries: 1 } }, () => store.stat(`http://127.0.0.1:${port}/x`))
  await assert.rejects(asked, /Could not reach http:\/\/127\.0\.0\.1:\d+\/x: .*ECONNREFUSED.* \(2 tries\)/)
})

test('a server that is silent is asked again', async () => {
  server.faults.push({ kind: 'silence' })
  const reading = store.read(`${base}/file`, 0, 5)
  // The request has arrived; now the patience of the reader ends.
  while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
  losePatience!()
  assert(bytes.subarray(0, 5).equals(await reading))
  assert.equal(server.requests.length, 2)
})

test('redirects, users in URLs, servers that tell no length', async () => {
  assert.equal((await store.stat(`${base}/moved/file`)).size, bytes.length)
  assert.deepEqual(Buffer.from(await store.read(`${base}/moved/file`, 7, 9)), bytes.subarray(7, 9))
  assert.equal((await store.stat(`${base.replace('//', '//ann:s3cret@')}/private/file`)).size, bytes.length)
  Object.assign(server, { ranges: false, lengths: false })
  const { size, whole } = await store.stat(`${base}/file`)
  assert.deepEqual([size, whole], [bytes.length, true])
})

test('leaving a stream early is no failure', async () => {
  for await (const chunk of store.stream(`${base}/file`)) {
    assert(chunk.length > 0)
    break
  }
  assert.deepEqual(waits, [])
})
