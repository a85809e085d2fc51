import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type Client, readDump } from '../../src/client/index.js'
import { DumpError } from '../../src/client/read-dump.js'
import { Security } from '../../src/comm/index.js'
import { config } from '../../src/config/index.js'
import { span } from '../../src/expr/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

let cluster: InProcessCluster
let client: Client
let folder: string

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-dump-'))
  const credentials = await Security.temporary()
  cluster = await InProcessCluster.start({ credentials, listen: () => 'tls://127.0.0.1:0' })
  client = cluster.client
})
after(async () => {
  await cluster.close()
  rmSync(folder, { recursive: true })
})

const inc = (x: number): number => x + 1

/** Everything that a text may show of bytes. */
function formsOf(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes)
  return [
    buffer.toString('hex'),
    buffer.toString('base64'),
    buffer.toString('base64url'),
    [...bytes].join(','),
    `"0":${bytes[0]},"1":${bytes[1]}`,
  ]
}

test('a dump has everything but values and secrets, and is read back', async () => {
  const path = join(folder, 'cluster.dump')
  const token = cluster.credentials.token
  const kept = span('loading', () => client.map(inc, [1, 2, 3]))
  const bad = client.submit((): number => {
    throw new Error('no good')
  })
  await client.gather(kept)
  await bad.settled()
  await client.logEvent('notes', { text: 'hello', map: new Map([[1, 2n]]) })
  // A program that is careless with its token is not helped by writing it down again.
  await client.logEvent('notes', Buffer.from(token).toString('base64'))
  await config.with({ filesystem: { s3: { endpoint: 'https://me:password@example.org/' } } }, () => client.dump(path))

  const text = gunzipSync(readFileSync(path)).toString()
  for (const form of formsOf(token)) assert.ok(!text.includes(form))
  assert.ok(!text.includes('PRIVATE KEY') && !text.includes('password'))
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(folder), ['cluster.dump'])

  const dump = await readDump(path)
  assert.equal(dump.scheduler['id'], cluster.scheduler.id)
  assert.equal(dump.header.node, process.version)
  assert.deepEqual(
    dump.workers
      .map(({ name, threads, versions }) => [name, threads, versions.node])
      .sort((a, b) => String(a).localeCompare(String(b))),
    [
      ['worker-0', 1, process.version],
      ['worker-1', 1, process.version],
    ],
  )
  assert.deepEqual(
    dump.clients.map(({ connected }) => connected),
    [true],
  )
  const states = new Map(dump.tasks.map(({ key, state }) => [key, state]))
  for (const { key } of kept) assert.equal(states.get(key), 'memory')
  assert.equal(states.get(bad.key), 'erred')
  const whoHas = await client.whoHas(kept)
  for (const { key, workers } of dump.tasks) if (whoHas.has(key)) assert.deepEqual(workers, whoHas.get(key))
  assert.deepEqual(dump.groups.find(({ label }) => label === 'inc')!.states, { memory: 3 })
  assert.equal(dump.events.filter(({ kind }) => kind === 'taskErred').length, 1)
  assert.deepEqual(
    new Set(dump.runs.filter(({ span: spans }) => spans[0] === 'loading').map(({ key }) => key)),
    new Set(whoHas.keys()),
  )
  assert.equal(dump.logs.length, 2)
  assert.deepEqual(dump.logs[0]!.value, { text: 'hello', map: 'Map(1) { 1 => 2n }' })
  const { scheduler } = dump.settings.scheduler as { scheduler: { allowedFailures: number } }
  assert.equal(scheduler.allowedFailures, config.get('scheduler.allowedFailures'))
})

test('without compression it is lines of JSON', async () => {
  const path = join(folder, 'plain.dump')
  await client.dump(path, { compress: false })
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind)
  assert.equal(kinds[0], 'heddle dump')
  assert.equal(kinds.at(-1), 'end')
  assert.equal((await readDump(path)).workers.length, 2)
})

test('what is no dump, not whole, damaged, or of another version is refused with the reason', async () => {
  const path = join(folder, 'good.dump')
  await client.dump(path, { compress: false })
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n')
  const bad: readonly [string, string | Uint8Array, RegExp][] = [
    ['picture.dump', 'GIF89a', /picture\.dump is no dump/],
    ['other.dump', '{"kind":"something"}\n', /is no dump/],
    ['empty.dump', '', /not whole|no dump/],
    ['short.dump', lines.slice(0, 3).join('\n'), /ends after 3 lines/],
    ['damaged.dump', [...lines.slice(0, 2), '{"ki', ...lines.slice(2)].join('\n'), /damaged at line 3/],
    ['nothing.dump', [...lines.slice(0, 2), 'null', ...lines.slice(2)].join('\n'), /damaged at line 3/],
    ['headless.dump', ['{"kind":"heddle dump","data":null}', ...lines.slice(1)].join('\n'), /is no dump of a cluster/],
    ['newer.dump', text.replace('"format":1', '"format":7'), /written by Heddle .*, as format 7; this version reads format 1/],
    ['cut.dump', gzipSync(text).subarray(0, 200), /cannot be read: unexpected end of file|not whole/],
  ]
  for (const [name, content, reason] of bad) {
    const file = join(folder, name)
    writeFileSync(file, content)
    await assert.rejects(readDump(file), (error: unknown) => {
      assert.ok(error instanceof DumpError, `${name}: ${String(error)}`)
      assert.match(error.message, reason)
      return true
    })
  }
  await assert.rejects(readDump(join(folder, 'nothing')), /ENOENT/)
  const nowhere = join(folder, 'no', 'folder.dump')
  await assert.rejects(client.dump(nowhere), /ENOENT/)
  assert.ok(!existsSync(nowhere))
})
