import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from '../../src/client/index.js'
import { SSHCluster, type SSHClusterOptions, SSHError } from '../../src/ssh/index.js'
import { bringUp, scratch } from './bring-up.js'
import { mark, parentOf, procFile, until } from './processes.js'

const limit = { timeout: 120_000 }
const heddle = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

/** The file that ssh is configured by; undefined: the test is skipped. */
function sshConfig(t: TestContext): string | undefined {
  const exports = bringUp(t, 'ssh-up.sh')
  return exports && /SSH_CONFIG=(\S+)/.exec(exports)![1]
}

/** The scheduler listens at this machine only: networks of other tests come and go. */
const here = { listen: '127.0.0.1' }

function options(config: string, environment: Record<string, string>): SSHClusterOptions {
  return {
    hosts: ['h1', 'h2', 'h3'],
    scheduler: here,
    defaults: { sshArguments: ['-F', config], threads: 1, memoryLimit: '1 GiB', environment },
  }
}

test('a cluster over ssh: logs, nothing secret in a command line, nothing left', limit, async (t) => {
  const config = sshConfig(t)
  if (config === undefined) return
  const { environment, processes } = mark(t)
  const logDirectory = join(scratch(t), 'logs')
  const cluster = await SSHCluster.start({ ...options(config, environment), logDirectory })
  t.after(() => cluster.close())
  assert.deepEqual([...cluster.workers].sort(), ['h2', 'h3'])
  const client = await Client.connect(cluster)
  const names = client.map((x: number) => [x, process.env.SSH_CONNECTION !== undefined] as const, [1, 2, 3])
  assert.deepEqual(await client.gather(names), [
    [1, true],
    [2, true],
    [3, true],
  ])
  const secrets = [Buffer.from(cluster.credentials.token).toString('hex'), cluster.credentials.tls!.key.split('\n')[1]!]
  const seen = processes()
  assert.ok(seen.length >= 3)
  const ours = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  for (const pid of [...seen, ...ours]) for (const secret of secrets) assert.ok(!procFile(pid, 'cmdline').includes(secret))
  for (const pid of seen) for (const secret of secrets) assert.ok(!procFile(pid, 'environ').includes(secret))

  await cluster.scale(3)
  assert.equal(cluster.workers.length, 3)
  await client.waitForWorkers(3)
  await cluster.scale(1)
  await client.close()
  await cluster.close()
  assert.deepEqual(readdirSync(logDirectory).sort(), ['0.log', 'h2.log', 'h3.log', 'scheduler.log'])
  assert.match(readFileSync(join(logDirectory, 'scheduler.log'), 'utf8'), /worker h2 joins from/)
  assert.match(readFileSync(join(logDirectory, 'h3.log'), 'utf8'), /worker h3 has joined tls:/)
  await until(() => processes().length === 0)
})

test('a connection drops: its worker ends, the others go on', limit, async (t) => {
  const config = sshConfig(t)
  if (config === undefined) return
  const { environment, processes } = mark(t)
  let tellLost!: (lost: { error: SSHError; name: string }) => void
  const lost = new Promise<{ error: SSHError; name: string }>((resolve) => (tellLost = resolve))
  const cluster = await SSHCluster.start({
    ...options(config, environment),
    onWorkerLost: (error, name) => tellLost({ error, name }),
  })
  t.after(() => cluster.close())
  const client = await Client.connect(cluster)
  t.after(() => client.close())
  // The process of sshd that the connection of h2 is held by.
  const worker = processes().find((pid) => /worker\0--name\0h2\0/.test(procFile(pid, 'cmdline')))!
  process.kill(parentOf(worker), 'SIGKILL')
  // A cluster keeps no program alive.
  const stay = setInterval(() => undefined, 60_000)
  const { error, name } = await lost
  clearInterval(stay)
  assert.equal(name, 'h2')
  assert.match(error.message, /^worker h2: ssh cannot talk to h2, or does not any more: /)
  await until(() => procFile(worker, 'cmdline') === '')
  assert.deepEqual(cluster.workers, ['h3'])
  assert.equal(await client.submit((a: number, b: number) => a * b, 6, 7), 42)
})

test('a connection that is there and silent: what runs at its other end gives up', limit, async (t) => {
  const config = sshConfig(t)
  if (config === undefined) return
  const { environment, processes } = mark(t)
  const cluster = await SSHCluster.start({ ...options(config, environment), silence: '3 s', onWorkerLost: () => undefined })
  t.after(() => cluster.close())
  const worker = processes().find((pid) => /worker\0--name\0h2\0/.test(procFile(pid, 'cmdline')))!
  const ssh = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => /^ssh\0.*\0h2\0/s.test(procFile(pid, 'cmdline')) && parentOf(Number(pid)) === process.pid)!
  process.kill(Number(ssh), 'SIGSTOP')
  await until(() => procFile(worker, 'cmdline') === '')
  // The others heard of this program all the while.
  assert.ok(processes().some((pid) => /worker\0--name\0h3\0/.test(procFile(pid, 'cmdline'))))
})

test('the program is killed: nothing is left running', limit, async (t) => {
  const config = sshConfig(t)
  if (config === undefined) return
  const { environment, processes } = mark(t)
  const program = fileURLToPath(new URL('./ssh-program.js', import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(options(config, environment))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  assert.ok(processes().length >= 3)
  child.kill('SIGKILL')
  await until(() => processes().length === 0)
})

test('what can be wrong with a host', limit, async (t) => {
  const config = sshConfig(t)
  if (config === undefined) return
  const { environment, processes } = mark(t)
  const good = options(config, environment)
  for (const [bad, words] of [
    [
      { hosts: ['h1', 'no.such.host.invalid'] },
      /worker no\.such\.host\.invalid: ssh cannot talk to .*Could not resolve hostname/s,
    ],
    [{ hosts: ['h1', { host: 'h2', port: 1 }] }, /worker h2: ssh cannot talk to h2.*Connection refused/s],
    [{ hosts: ['h1', { host: 'h2', user: 'nobody-at-all' }] }, /worker h2: ssh cannot talk to h2.*Permission denied/s],
    [
      { hosts: [{ host: 'h1', node: '/no/node' }, 'h2'] },
      /scheduler: it has ended on h1 \(exit code 127\): no Node was found at \/no\/node/,
    ],
    [
      { hosts: ['h1', { host: 'h2', heddle: '/no/heddle' }] },
      /worker h2: it has ended on h2 \(exit code 127\): there is no Heddle in/,
    ],
    [{ hosts: ['h1', { host: 'h2', memoryLimit: 'much' }] }, /worker h2: .*--memory-limit: "much" is not a memory limit/s],
    [{ hosts: ['h1', { host: 'h2', prologue: 'echo no such module >&2; exit 3' }] }, /\(exit code 3\): no such module/],
  ] as const) {
    await assert.rejects(SSHCluster.start({ ...good, ...(bad as SSHClusterOptions) }), (error) => {
      assert.ok(error instanceof SSHError)
      assert.match(error.message, words)
      return true
    })
  }
  await until(() => processes().length === 0)
})

test('heddle ssh: a host file, clients by the scheduler file, and the end by SIGINT', limit, async (t) => {
  const config = sshConfig(t)
  if (config === undefined) return
  const { environment, processes } = mark(t)
  const folder = scratch(t)
  const hosts = join(folder, 'hosts')
  writeFileSync(hosts, 'h1 # the scheduler\nh2 workers=2 slots=1\nh3\n')
  const file = join(folder, 'scheduler.json')
  const [[name, value]] = Object.entries(environment) as [[string, string]]
  const child = spawn(
    process.execPath,
    [
      heddle,
      'ssh',
      '--hostfile',
      hosts,
      '--scheduler-file',
      file,
      '--nthreads',
      '1',
      '--memory-limit',
      '1 GiB',
      '--json',
      `--ssh-argument=-F${config}`,
      '--prologue',
      `export ${name}=${value}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => child.kill('SIGKILL'))
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  while (!stdout.includes('"event":"ready"')) await once(child.stdout, 'data')
  const client = await Client.connect({ schedulerFile: file })
  assert.deepEqual((await client.workers()).map((worker) => worker.name).sort(), ['h2-0', 'h2-1', 'h3'])
  await client.close()
  child.kill('SIGINT')
  const [code] = (await once(child, 'exit')) as [number]
  assert.equal(code, 0)
  assert.ok(!existsSync(file))
  await until(() => processes().length === 0)
})
