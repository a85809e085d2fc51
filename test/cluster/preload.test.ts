import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Client } from '../../src/client/index.js'
import { preloadUrl } from '../../src/cluster/index.js'
import { config } from '../../src/config/index.js'
import { LocalCluster, Scheduler, SpecCluster, Worker } from '../../src/deploy/index.js'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'heddle-test-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A module that writes down what happens to it. */
function diary(at: string, name: string): string {
  const log = JSON.stringify(join(at, `${name}.log`))
  const file = join(at, `${name}.mjs`)
  writeFileSync(
    file,
    `import { appendFileSync } from 'node:fs'
globalThis.loadedFirst = ${JSON.stringify(name)}
export function setup(host) { appendFileSync(${log}, 'setup ' + (host.name ?? host.id.length) + '\\n') }
export async function teardown(host) { appendFileSync(${log}, 'teardown ' + (host.name ?? host.id.length) + '\\n') }
`,
  )
  appendFileSync(join(at, `${name}.log`), '')
  return file
}

test('modules that settings name are loaded first, and are plugins', async (t) => {
  const at = folder(t)
  const preload = { scheduler: [diary(at, 'scheduler')], worker: diary(at, 'worker'), nanny: [diary(at, 'nanny')] }
  const cluster = await config.with(
    { scheduler: { preload: preload.scheduler }, worker: { preload: preload.worker }, nanny: { preload: preload.nanny } },
    () => LocalCluster.start({ workers: 1, threadsPerWorker: 1 }),
  )
  const client = await Client.connect(cluster, { setAsDefault: false })
  const loaded = (): unknown => (globalThis as Record<string, unknown>)['loadedFirst']
  assert.equal(await client.submit(loaded), 'worker')
  assert.deepEqual(await client.run(loaded), new Map([['0', 'worker']]))
  assert.equal(await client.runOnScheduler(loaded), 'scheduler')
  await client.close()
  await cluster.close()
  const log = (name: string): string => readFileSync(join(at, `${name}.log`), 'utf8')
  assert.equal(log('worker'), 'setup 0\nteardown 0\n')
  assert.equal(log('nanny'), 'setup worker 0\nteardown worker 0\n')
  // An id has 36 letters.
  assert.equal(log('scheduler'), 'setup 36\nteardown 36\n')
})

test('what is wrong with a module keeps its process from starting, and the error says what', async (t) => {
  const at = folder(t)
  const refuses = join(at, 'refuses.mjs')
  writeFileSync(refuses, 'export function setup() { throw new RangeError("not here") }')
  const breaks = join(at, 'breaks.mjs')
  writeFileSync(breaks, 'throw new Error("not today")')
  await assert.rejects(Scheduler.start({ preload: [join(at, 'none.mjs')] }), /none\.mjs cannot be loaded first: there is no file/)
  await assert.rejects(Scheduler.start({ preload: [breaks] }), /breaks\.mjs failed when it was loaded first: not today/)
  await assert.rejects(Scheduler.start({ preload: [refuses] }), /refuses\.mjs could not be set up on the scheduler: RangeError/)
  const cluster = await SpecCluster.start({
    scheduler: Scheduler.spec(),
    worker: Worker.spec({ threads: 1, preload: [refuses] }),
  })
  await assert.rejects(cluster.scale(1), /refuses\.mjs could not be set up on the worker 0: RangeError: not here/)
  await cluster.close()
  const local = config.with({ nanny: { preload: [refuses] } }, () => LocalCluster.start({ workers: 1, threadsPerWorker: 1 }))
  await assert.rejects(local, /refuses\.mjs could not be set up on the nanny of worker 0: RangeError: not here/)
})

test('a module is named by its file, by its address, or as a package', () => {
  assert.equal(preloadUrl('data:text/javascript,1'), 'data:text/javascript,1')
  assert.match(preloadUrl('yaml'), /^file:.*node_modules\/yaml\//)
  assert.equal(preloadUrl('/dev/null'), 'file:///dev/null')
  assert.throws(() => preloadUrl('./nothing-of-the-kind.mjs'), /there is no file .*nothing-of-the-kind\.mjs, and no package/)
})
