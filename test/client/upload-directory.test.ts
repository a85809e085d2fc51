import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ArgumentError } from '../../src/base/index.js'
import { Client, uploaded, uploadedFile } from '../../src/client/index.js'
import { config } from '../../src/config/index.js'
import { Nanny, Scheduler, SpecCluster } from '../../src/deploy/index.js'

async function start(t: TestContext): Promise<{ cluster: SpecCluster; client: Client; local: string; source: string }> {
  const local = mkdtempSync(join(tmpdir(), 'heddle-test-'))
  const source = mkdtempSync(join(tmpdir(), 'heddle-test-'))
  const worker = Nanny.spec({ threads: 1, localDirectory: local })
  const cluster = await SpecCluster.start({ scheduler: Scheduler.spec(), worker })
  const client = await Client.connect(cluster, { setAsDefault: false })
  t.after(async () => {
    await client.close()
    await cluster.close()
    assert.deepEqual(readdirSync(local), [])
    rmSync(local, { recursive: true })
    rmSync(source, { recursive: true })
  })
  await cluster.scale(1)
  return { cluster, client, local, source }
}

/** A directory of two modules, one of which imports the other, and a data file. */
function write(source: string, version: number): void {
  mkdirSync(join(source, 'lib'), { recursive: true })
  mkdirSync(join(source, 'node_modules', 'left'), { recursive: true })
  writeFileSync(join(source, 'node_modules', 'left', 'here.js'), '')
  writeFileSync(join(source, 'main.mjs'), "import { factor } from './lib/factor.mjs'\nexport const scale = (x) => x * factor\n")
  writeFileSync(join(source, 'lib', 'factor.mjs'), `export const factor = ${version}\n`)
  writeFileSync(join(source, 'data.txt'), `version ${version}`)
}

const scale = async (x: number): Promise<number> => (await uploaded<{ scale(x: number): number }>('model/main.mjs')).scale(x)

async function read(): Promise<[string, string[]]> {
  const { readFileSync, readdirSync: list } = await import('node:fs')
  return [readFileSync(uploadedFile('model/data.txt'), 'utf8'), list(uploadedFile('model')).sort()]
}

test('a directory comes to all workers, with all that its modules import; the next version takes its place', async (t) => {
  const { cluster, client, source } = await start(t)
  write(source, 10)
  await client.uploadDirectory(source, { name: 'model' })
  assert.equal(await client.submit(scale, 4), 40)
  assert.deepEqual(await client.submit(read), ['version 10', ['data.txt', 'lib', 'main.mjs']])
  write(source, 100)
  await client.uploadDirectory(source, { name: 'model', skip: (path) => path === 'node_modules' })
  assert.equal(await client.submit(scale, 4), 400)
  await cluster.scale(2)
  const late = client.with({ workers: ['1'] })
  assert.equal(await late.submit(scale, 4), 400)
  assert.deepEqual(await late.submit(read), ['version 100', ['data.txt', 'lib', 'main.mjs']])
})

test('what cannot be uploaded, and what is not there', async (t) => {
  const { client, source } = await start(t)
  await assert.rejects(client.uploadDirectory(source), /there is nothing to bring/)
  write(source, 1)
  await assert.rejects(client.uploadDirectory(source, { name: '../x' }), /is no name of a file/)
  await config.with({ transfer: { uploadLimit: 20 } }, () =>
    assert.rejects(client.uploadDirectory(source), /has more than 20 B \(\S+ does not fit\).*transfer\.uploadLimit/),
  )
  await assert.rejects(client.uploadDirectory(join(source, 'none')), { code: 'ENOENT' })
  symlinkSync('/etc', join(source, 'etc'))
  await assert.rejects(client.uploadDirectory(source, { name: 'model' }), /is neither a file nor a folder/)
  await client.uploadDirectory(source, { name: 'model', skip: (path) => path === 'etc' || path === 'node_modules' })
  await assert.rejects(client.submit(() => uploadedFile('model/other.txt')).result(), /no file model\/other\.txt was uploaded/)
  await assert.rejects(client.submit(() => uploadedFile('../model')).result(), /is named as it was/)
  assert.throws(() => uploadedFile('model/data.txt'), ArgumentError)
})
