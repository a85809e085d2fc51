import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { decode, encode, operation, prepare, task } from '../../src/transfer/index.js'
import { fixtures, node, roundTrip, transferUrl, underTest } from './fixture.js'

process.env['TRANSFER'] = transferUrl
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-transfer-')))
after(() => rmSync(scratch, { recursive: true, force: true }))

interface Tasks {
  twice: (x: number) => number
  point: (x: number) => { x: number }
  missing: () => number
  Point: new (x: number) => { x: number }
}
const tasks = (await import(pathToFileURL(join(fixtures, 'tasks.mjs')).href)) as Tasks

test('a task travels as the name of its module, and as itself where the module is loaded', () => {
  const bytes = encode(tasks.twice)
  assert.ok(Buffer.from(bytes).includes('tasks.mjs') && !Buffer.from(bytes).includes('x * 2'))
  assert.equal(prepare(bytes), undefined)
  assert.equal(decode(bytes), tasks.twice)
})

test('a task in a worker, and an instance of a class of its module that comes back', async () => {
  const worker = await roundTrip.startWorker(underTest)
  assert.deepEqual(await worker.call(tasks.twice, [4]), { value: 8 })
  const { value } = await worker.call(tasks.point, [5])
  assert.ok(value instanceof tasks.Point && value.x === 5)
  const { twice } = tasks
  assert.deepEqual(await worker.call((x: number) => twice(x) + 1, [4]), { value: 9 })
  await worker.close()
})

test('decode says what was not prepared; prepare, what is missing', async () => {
  const program = `
    const { decode, prepare } = await import(process.env.TRANSFER)
    const bytes = Buffer.from(process.argv[1], 'base64')
    try { decode(bytes) } catch (e) { console.log(e.name + ': ' + e.message) }
    try { await prepare(bytes); console.log(decode(bytes)(4)) } catch (e) { console.log(e.name + ': ' + e.message) }`
  const elsewhere = async (value: unknown): Promise<string[]> => {
    const output = await node(['--input-type=module', '-e', program, Buffer.from(encode(value)).toString('base64')])
    return output.trim().split('\n')
  }
  const url = pathToFileURL(join(fixtures, 'tasks.mjs')).href
  assert.deepEqual(await elsewhere(tasks.twice), [
    `TransferError: The task module ${url}, of which "twice" is needed, is not loaded on ${hostname()}. Await prepare(bytes) before decode(bytes).`,
    '8',
  ])
  // It is registered under this name, though not exported: loading its module is enough.
  assert.equal((await elsewhere(tasks.missing))[1], '1')
  const gone = join(scratch, 'gone.mjs')
  const missing = await elsewhere(task(pathToFileURL(gone).href, 'f', () => 1))
  assert.match(
    missing[1]!,
    new RegExp(
      `^TransferError: The task module .*gone\\.mjs, of which "f" is needed, cannot be imported on ${hostname()}: Cannot find module .*Install it there\\.$`,
    ),
  )
  const other = join(scratch, 'other.mjs')
  writeFileSync(other, 'export const g = () => 1')
  const noExport = await elsewhere(task(pathToFileURL(other).href, 'f', () => 1))
  assert.equal(
    noExport[1],
    `TransferError: The task module ${pathToFileURL(other).href} has no export "f" on ${hostname()}. Export it, or deploy the same version there.`,
  )
  const bytes = Buffer.from(encode(task(pathToFileURL(other).href, 'g', () => 1)))
  writeFileSync(other, 'export const g = () => 2')
  const changed = await node(['--input-type=module', '-e', program, bytes.toString('base64')])
  assert.match(changed, /other\.mjs is not the same file on .* as where it was sent from\. Deploy one version\./)
})

test('a task module in another folder on the other host', async () => {
  const [a, b] = ['a', 'b'].map((name) => join(scratch, name)) as [string, string]
  for (const folder of [a, b]) {
    mkdirSync(folder)
    cpSync(join(fixtures, 'tasks.mjs'), join(folder, 'tasks.mjs'))
  }
  const sender = `
    const { encode } = await import(process.env.TRANSFER)
    process.chdir(${JSON.stringify(a)})
    const { twice } = await import(${JSON.stringify(pathToFileURL(join(a, 'tasks.mjs')).href)})
    process.stdout.write(Buffer.from(encode(twice)).toString('base64'))`
  const bytes = await node(['--input-type=module', '-e', sender])
  rmSync(a, { recursive: true })
  const receiver = `
    const { decode, prepare } = await import(process.env.TRANSFER)
    process.chdir(${JSON.stringify(b)})
    const bytes = Buffer.from(process.argv[1], 'base64')
    await prepare(bytes)
    console.log(decode(bytes)(21))`
  assert.equal((await node(['--input-type=module', '-e', receiver, bytes])).trim(), '42')
})

test('functions of Heddle travel relative to where it is installed', () => {
  const url = new URL('../../src/transfer/index.js', import.meta.url).href
  const encoded = Buffer.from(encode(operation(url, 'someOperation', (x: number) => x)))
  assert.ok(encoded.includes('"kind":"heddle","path":"transfer/index.js","export":"someOperation"'))
  assert.ok(!encoded.includes('file:'))
  // Exported functions need no declaration.
  assert.ok(Buffer.from(encode({ encode })).includes('"kind":"heddle","path":"transfer/on-demand.js","export":"encode"'))
})

test('built-in functions, modules of Node and packages come back as themselves', async () => {
  const fs = await import('node:fs')
  const fc = await import('fast-check')
  for (const value of [
    Math.max,
    Math,
    JSON,
    console,
    process,
    fs.readFileSync,
    fs.promises,
    fs.default,
    URL,
    globalThis,
    fc.integer,
    Intl.DateTimeFormat,
  ]) {
    const bytes = encode(value)
    await prepare(bytes)
    assert.equal(decode(bytes), value)
  }
})

test('a module of Node is one although a program has put its own function in the place of one of its own', async () => {
  const { default: path } = await import('node:path/posix')
  const first = Object.keys(path)[0] as 'resolve'
  const own = path[first]
  path[first] = (...parts: string[]) => own(...parts)
  try {
    assert.equal(decode(encode(path)), path)
  } finally {
    path[first] = own
  }
})

test('what was imported on arrival goes on by name', async () => {
  const worker = await roundTrip.startWorker(underTest)
  const fc = await import('fast-check')
  const { value } = await worker.call((f: unknown) => ({ f, g: () => f }), [fc.integer])
  const { f, g } = value as { f: unknown; g: () => unknown }
  assert.equal(f, fc.integer)
  assert.equal(g(), fc.integer)
  await worker.close()
})
