import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Client, type ClusterVersions, PackageMismatch } from '../../src/client/index.js'
import { mismatchReport } from '../../src/client/versions.js'
import { Nanny, Scheduler } from '../../src/deploy/index.js'
import { versionsHere } from '../../src/protocol/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

const root = new URL('../../../', import.meta.url)
const own = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  version: string
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'heddle-test-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

function install(at: string, name: string, version: string): void {
  mkdirSync(join(at, 'node_modules', name), { recursive: true })
  writeFileSync(join(at, 'node_modules', name, 'package.json'), JSON.stringify({ name, version }))
}

test('the versions of packages are those that Node would find', (t) => {
  const outer = folder(t)
  const inner = join(outer, 'a', 'b')
  mkdirSync(inner, { recursive: true })
  install(outer, 'one', '1.0.0')
  install(outer, '@scope/two', '2.0.0')
  install(join(outer, 'a'), 'one', '1.5.0')
  const { packages, node } = versionsHere('here', ['one', '@scope/two', 'three'], inner)
  assert.deepEqual(packages, { one: '1.5.0', '@scope/two': '2.0.0', three: undefined })
  assert.equal(`v${node}`, process.version)
})

test('client, scheduler and workers', async (t) => {
  const cluster = await InProcessCluster.start({ workers: 2 })
  t.after(() => cluster.close())
  const { client, scheduler, workers } = await cluster.client.versions({ check: true })
  assert.deepEqual(Object.keys(client.packages).sort(), Object.keys({ ...own.dependencies, ...own.peerDependencies }).sort())
  assert.equal(client.heddle, own.version)
  assert.equal(client.host, hostname())
  for (const [name, version] of Object.entries(client.packages)) {
    const installed = JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, root), 'utf8')) as { version: string }
    assert.equal(version, installed.version)
  }
  assert.deepEqual(scheduler, client)
  assert.deepEqual(
    workers,
    new Map([
      ['worker-0', client],
      ['worker-1', client],
    ]),
  )
  // What is installed nowhere is no mismatch.
  await cluster.client.versions({ check: true, packages: ['not-there'] })
})

test('what differs is a table', () => {
  const one = (host: string, node: string, heddle: string, packages: Record<string, string | undefined>) => ({
    host,
    node,
    heddle,
    packages,
  })
  const versions: ClusterVersions = {
    client: one('laptop', '20.20.0', '1.2.0', { lodash: '4.17.21', yaml: '2.0.0', sharp: '1.0.0', gone: undefined }),
    scheduler: one('head', '20.18.1', '1.2.0', { lodash: '4.17.21', yaml: undefined, sharp: '1.0.0', gone: '1.0.0' }),
    workers: new Map([
      ['w0', one('node1', '20.19.0', '1.2.0', { lodash: '4.17.21', yaml: '2.0.0', sharp: '1.0.0', gone: undefined })],
      ['w1', one('node1', '22.1.0', '1.2.0', { lodash: '4.17.20', yaml: '2.0.0', sharp: undefined, gone: '2.0.0' })],
      ['w2', one('node2', '22.1.0', '1.2.0', { lodash: '4.17.20', yaml: '2.0.0', sharp: '1.0.0', gone: undefined })],
    ]),
  }
  assert.equal(
    mismatchReport(versions),
    `not everybody in the cluster has the same versions:
          client   scheduler  workers that differ
  node    20.20.0  20.18.1    22.1.0 (w1 on node1; w2 on node2)
  lodash  4.17.21  4.17.21    4.17.20 (w1 on node1; w2 on node2)
  sharp   1.0.0    1.0.0      not installed (w1 on node1)
Install what the client has where it differs.`,
  )
  assert.equal(mismatchReport({ ...versions, workers: new Map() }), undefined)
  const other = { ...versions.scheduler, packages: { ...versions.scheduler.packages, yaml: '3.0.0' } }
  assert.match(
    mismatchReport({ ...versions, scheduler: other, workers: new Map() })!,
    /^ {2}yaml {2}2\.0\.0 {3}3\.0\.0 {6}none$/m,
  )
  const many = new Map(Array.from({ length: 8 }, (_, i) => [`w${i}`, one('node1', '22.0.0', '1.2.0', {})]))
  const small = { client: one('a', '20.0.0', '1.2.0', {}), scheduler: one('a', '20.0.0', '1.2.0', {}), workers: many }
  assert.match(mismatchReport(small)!, /22\.0\.0 \(w0, w1, w2, w3, w4 and 3 more on node1\)/)
})

test('a worker that has something else', async (t) => {
  const at = folder(t)
  install(at, 'acorn', '0.0.1')
  const scheduler = await Scheduler.start()
  t.after(() => scheduler.close())
  const before = process.cwd()
  process.chdir(at)
  const worker = await Nanny.start(scheduler, { name: 'other', threads: 1 }).finally(() => process.chdir(before))
  t.after(() => worker.close())
  const client = await Client.connect(scheduler, { setAsDefault: false })
  t.after(() => client.close())
  await client.versions()
  await assert.rejects(client.versions({ check: true, packages: ['acorn'] }), (error: unknown) => {
    assert.ok(error instanceof PackageMismatch)
    const installed = JSON.parse(readFileSync(new URL('node_modules/acorn/package.json', root), 'utf8')) as { version: string }
    assert.ok(error.message.includes(`  acorn  ${installed.version}`))
    assert.ok(error.message.includes(`0.0.1 (other on ${hostname()})`))
    return true
  })
})
