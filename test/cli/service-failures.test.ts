// What goes wrong with `heddle scheduler` and `heddle worker`: one clear line, and an exit code.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { writeHello } from '../../src/comm/hello.js'
import { Security, generateToken } from '../../src/comm/index.js'
import { makeCertificates } from '../../src/comm/make-certificates.js'
import { Service, scratch, startScheduler, startWorker } from './services.js'

const DAY = 24 * 60 * 60 * 1000

/** A port that somebody listens at; `answer` is what is said to whoever connects. */
async function taken(t: TestContext, answer?: Uint8Array): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    if (answer) socket.write(answer)
  })
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function fails(
  t: TestContext,
  args: readonly string[],
  code: number,
  message: RegExp,
  home = scratch(t),
): Promise<Service> {
  const service = Service.plain(t, home, args)
  assert.equal(await service.ended, code, service.stderr)
  assert.match(service.stderr, /^heddle: .*\n$/)
  assert.match(service.stderr, message)
  return service
}

/** A folder with credentials, as --security-folder takes it. */
async function securityFolder(t: TestContext, tls?: { ca: string; cert: string; key: string }): Promise<string> {
  const folder = join(scratch(t), 'security')
  await new Security({ token: generateToken(), tls }).toFiles(folder)
  return folder
}

test('a port in use', async (t) => {
  const port = await taken(t)
  await fails(
    t,
    ['scheduler', '--host', '127.0.0.1', '--port', String(port)],
    1,
    new RegExp(`port ${port} is in use.*Choose another`),
  )
  const home = scratch(t)
  await startScheduler(t, home)
  const args = ['worker', '--scheduler-file', 'scheduler.json', '--nworkers', '1', '--port', String(port)]
  await fails(t, args, 1, new RegExp(`worker .* did not start: it gave up: .*port ${port} is in use`), home)
  await fails(t, [...args, '--no-nanny'], 1, new RegExp(`worker .* did not start: .*port ${port} is in use`), home)
})

test('a range of ports: the first that is free', async (t) => {
  const port = await taken(t)
  const service = Service.start(t, scratch(t), [
    'scheduler',
    '--host',
    '127.0.0.1',
    '--port',
    `${port}-${Math.min(port + 20, 65535)}`,
  ])
  const { listening } = await service.news('listening')
  assert.notEqual((listening as string[])[0], `tcp://127.0.0.1:${port}`)
})

test('no scheduler within the death timeout', async (t) => {
  const folder = await securityFolder(t)
  const args = ['worker', 'tcp://127.0.0.1:1', '--security-folder', folder, '--death-timeout', '2s']
  const { stdout } = await fails(
    t,
    args,
    69,
    /no scheduler could be reached at tcp:\/\/127\.0\.0\.1:1 within 2(\.00)? s .*nobody listens/,
  )
  assert.match(stdout, /^\d\d:\d\d:\d\d waiting for the scheduler: nobody listens/)
  await fails(
    t,
    ['worker', '--scheduler-file', 'none.json', '--death-timeout', '0.1'],
    69,
    /no --scheduler-file .*none\.json after 100 ms/,
  )
})

test('a worker that is there first waits for the scheduler and its file', async (t) => {
  const home = scratch(t)
  const worker = Service.start(t, home, ['worker', '--scheduler-file', 'scheduler.json', '--nworkers', '1', '--name', 'early'])
  await worker.news('waiting')
  await startScheduler(t, home)
  await worker.news('worker-ready')
})

test('a local directory that cannot be written', async (t) => {
  const home = scratch(t)
  writeFileSync(join(home, 'file'), '')
  const args = ['worker', '--scheduler-file', 'scheduler.json', '--local-directory', 'file/inside']
  await fails(t, args, 1, /local directory .*file\/inside cannot be written: .*--local-directory/, home)
  // Nothing can be made there, by root neither, and Node would try for ever.
  await fails(t, args.with(-1, '/proc/heddle'), 1, /local directory \/proc\/heddle cannot be written: .*--local-directory/, home)
})

test('a wrong token', async (t) => {
  const home = scratch(t)
  const { service } = await startScheduler(t, home)
  const content = JSON.parse(readFileSync(join(home, 'scheduler.json'), 'utf8')) as { token: string }
  writeFileSync(join(home, 'other.json'), JSON.stringify({ ...content, token: randomBytes(32).toString('hex') }), { mode: 0o600 })
  await fails(t, ['worker', '--scheduler-file', 'other.json'], 1, /does not know the token/, home)
  await startWorker(t, home, 'right')
  service.process.kill('SIGTERM')
  assert.equal(await service.ended, 0)
})

test('an expired certificate, on either side', async (t) => {
  const folder = await securityFolder(t, await makeCertificates(1, Date.now() - 10 * DAY))
  await fails(
    t,
    ['scheduler', '--port', '0', '--security-folder', folder],
    1,
    /certificate in .* has expired on \d{4}-\d\d-\d\dT/,
  )
  await fails(t, ['worker', 'tls://127.0.0.1:1', '--security-folder', folder], 1, /certificate in .* has expired on/)
})

test('a certificate of another cluster', async (t) => {
  const home = scratch(t)
  await startScheduler(t, home, '--protocol', 'tls')
  const content = JSON.parse(readFileSync(join(home, 'scheduler.json'), 'utf8')) as object
  const tls = await makeCertificates(1)
  writeFileSync(join(home, 'other.json'), JSON.stringify({ ...content, tls }), { mode: 0o600 })
  await fails(t, ['worker', '--scheduler-file', 'other.json'], 1, /certificate/, home)
})

test('another version of Heddle', async (t) => {
  const port = await taken(t, writeHello('listener', randomBytes(32), 2 ** 20, 1, 999))
  const folder = await securityFolder(t)
  const args = ['worker', `tcp://127.0.0.1:${port}`, '--security-folder', folder]
  await fails(t, args, 1, /protocol 999.*install the same version on both ends/)
})

test('credentials that are missing, or open to others', async (t) => {
  await fails(t, ['worker', 'tcp://127.0.0.1:8786'], 1, /no credentials for tcp:\/\/127\.0\.0\.1:8786 are known here/)
  const home = scratch(t)
  await startScheduler(t, home)
  chmodSync(join(home, 'scheduler.json'), 0o644)
  await fails(t, ['worker', '--scheduler-file', 'scheduler.json'], 1, /mode 644/, home)
  mkdirSync(join(home, 'empty'))
  await fails(t, ['worker', 'tcp://127.0.0.1:1', '--security-folder', 'empty'], 1, /there is no token in it/, home)
})

test('a name that is taken', async (t) => {
  const home = scratch(t)
  await startScheduler(t, home)
  await startWorker(t, home, 'same')
  await fails(t, ['worker', '--scheduler-file', 'scheduler.json', '--no-nanny', '--name', 'same'], 1, /name same already/, home)
})

test('a module that cannot be loaded first', async (t) => {
  const home = scratch(t)
  await fails(t, ['scheduler', '--preload', './none.mjs'], 1, /--preload \.\/none\.mjs: there is no file/, home)
  writeFileSync(join(home, 'bad.mjs'), 'throw new Error("not today")')
  await fails(t, ['scheduler', '--preload', './bad.mjs'], 1, /--preload \.\/bad\.mjs failed: not today/, home)
})

test("a scheduler that is named by its address is found in this user's state folder", async (t) => {
  const home = scratch(t)
  const scheduler = Service.start(t, home, ['scheduler', '--host', '127.0.0.1', '--port', '0'])
  const { address, schedulerFile } = await scheduler.news('listening')
  assert.ok(String(schedulerFile).startsWith(join(home, '.local', 'state', 'heddle')))
  const worker = Service.start(t, home, ['worker', String(address), '--nworkers', '1'])
  await worker.news('worker-ready')
  scheduler.process.kill('SIGINT')
  assert.deepEqual([await scheduler.ended, await worker.ended], [0, 0])
  assert.equal(existsSync(String(schedulerFile)), false)
})

test('a security folder is filled once, and does for the scheduler after', async (t) => {
  const home = scratch(t)
  const start = async (): Promise<Service> => (await startScheduler(t, home, '--security-folder', 'security')).service
  const first = await start()
  const token = readFileSync(join(home, 'security', 'token'), 'utf8')
  first.process.kill('SIGTERM')
  await first.ended
  await start()
  assert.equal(readFileSync(join(home, 'security', 'token'), 'utf8'), token)
  const content = JSON.parse(readFileSync(join(home, 'scheduler.json'), 'utf8')) as { token: string }
  assert.equal(content.token, token.trim())
})

test('a signal ends the waiting for a scheduler', async (t) => {
  const home = scratch(t)
  const worker = Service.start(t, home, ['worker', '--scheduler-file', 'scheduler.json', '--nworkers', '1', '--name', 'a'])
  await worker.news('waiting')
  worker.process.kill('SIGTERM')
  assert.equal(await worker.ended, 0)
})

test('an idle scheduler ends, and leaves nothing behind', async (t) => {
  const home = scratch(t)
  const { service, file } = await startScheduler(t, home, '--idle-timeout', '100 ms', '--pid-file', 'pid')
  assert.equal(readFileSync(join(home, 'pid'), 'utf8'), `${service.process.pid}\n`)
  assert.equal(await service.ended, 0)
  assert.match(service.stdout, /it was idle for 100 ms/)
  assert.deepEqual([existsSync(file), existsSync(join(home, 'pid'))], [false, false])
})

test('a pid file of a process that runs', async (t) => {
  const home = scratch(t)
  writeFileSync(join(home, 'pid'), `${process.ppid}\n`)
  await fails(t, ['scheduler', '--pid-file', 'pid'], 1, new RegExp(`the process ${process.ppid} runs already`), home)
})

test('quiet: nothing is told of what goes well', async (t) => {
  const home = scratch(t)
  const service = Service.plain(t, home, ['scheduler', '--host', '127.0.0.1', '--port', '0', '--idle-timeout', '50ms', '--quiet'])
  assert.equal(await service.ended, 0)
  assert.deepEqual([service.stdout, service.stderr], ['', ''])
})
