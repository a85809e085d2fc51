// The command lines of services: what they mean, and what is said of wrong ones, before anything starts.
import assert from 'node:assert/strict'
import { hostname, type NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '../../src/cli/errors.js'
import { addressOf, addressOfInterface, contactAddresses, isLoopback, namedAddress } from '../../src/protocol/index.js'
import { OptionValues, parseResources } from '../../src/cli/option-values.js'
import { ServiceLog } from '../../src/cli/service-log.js'
import { type EndSignal, onSignals } from '../../src/cli/shutdown.js'
import { listenAddressOf, workerPlan } from '../../src/cli/worker-plan.js'
import { parseAddress } from '../../src/comm/index.js'

const plan = (options: Record<string, string | boolean | string[]>) => workerPlan(new OptionValues('worker', options))

const interfaces = {
  lo: [{ address: '127.0.0.1', family: 'IPv4', internal: true }],
  eth0: [
    { address: 'fe80::1', family: 'IPv6', internal: false, scopeid: 2 },
    { address: '2001:db8::7', family: 'IPv6', internal: false, scopeid: 0 },
    { address: '10.0.0.7', family: 'IPv4', internal: false },
  ],
  ib0: [{ address: '192.168.9.7', family: 'IPv4', internal: false }],
} as unknown as NodeJS.Dict<NetworkInterfaceInfo[]>

test('resources', () => {
  assert.deepEqual(parseResources('gpu=2,mem=1e9'), { gpu: 2, mem: 1e9 })
  assert.deepEqual(parseResources(' gpu = 0.5 '), { gpu: 0.5 })
  for (const wrong of ['', 'gpu', 'gpu=', 'gpu=two', 'gpu=-1', 'gpu=1,', 'gpu=1,gpu=2', '=1']) {
    assert.throws(() => parseResources(wrong), /resource/, wrong)
  }
  const names = fc.uniqueArray(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,8}$/), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(names, fc.nat(), (all, seed) => {
      const wanted = Object.fromEntries(all.map((name, i) => [name, (seed % 1000) + i / 8]))
      const text = Object.entries(wanted)
        .map(([name, amount]) => `${name}=${amount}`)
        .join(',')
      assert.deepEqual(parseResources(text), wanted)
    }),
  )
})

test('a bare duration counts seconds, and any other has its unit', () => {
  const values = new OptionValues('worker', { a: '90', b: '1.5', c: '250 ms', d: '1h30m' })
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'e'].map((name) => values.duration(name)),
    [90_000, 1500, 250, 5_400_000, undefined],
  )
})

test('addresses of network interfaces, and those that others connect to', () => {
  assert.equal(addressOfInterface('eth0', interfaces), '10.0.0.7')
  assert.throws(() => addressOfInterface('eth1', interfaces), /no network interface "eth1".*did you mean eth0\?.*lo, eth0, ib0/)
  assert.deepEqual(contactAddresses('tls://0.0.0.0:8786', interfaces), ['tls://10.0.0.7:8786', 'tls://192.168.9.7:8786'])
  assert.deepEqual(contactAddresses('tcp://[::]:1', interfaces), [
    'tcp://10.0.0.7:1',
    'tcp://192.168.9.7:1',
    'tcp://[2001:db8::7]:1',
  ])
  assert.deepEqual(contactAddresses('tcp://0.0.0.0:1', {}), ['tcp://127.0.0.1:1'])
  assert.deepEqual(contactAddresses('tcp://10.1.1.1:1', interfaces), ['tcp://10.1.1.1:1'])
  assert.equal(namedAddress('tls://0.0.0.0:8786'), `tls://${hostname()}:8786`)
  assert.deepEqual(['127.0.0.1', 'localhost', '::1', '0.0.0.0', '10.0.0.7', '127.example.org'].map(isLoopback), [
    true,
    true,
    true,
    false,
    false,
    false,
  ])
  for (const host of ['::1', '[::1]']) assert.ok('host' in parseAddress(addressOf('tcp', host, '8786')))
})

test('a worker listens where the way to the scheduler begins, and speaks what it speaks', () => {
  const at = (options: Record<string, string>, scheduler: string, local: string): string =>
    listenAddressOf(plan({ nworkers: '1', ...options }), scheduler, local)
  assert.equal(at({}, 'tls://10.0.0.1:8786', 'tls://10.0.0.7:41234'), 'tls://10.0.0.7:0')
  assert.equal(at({}, 'tcp://[2001:db8::1]:8786', 'tcp://[2001:db8::7]:4'), 'tcp://[2001:db8::7]:0')
  assert.equal(
    at({ host: '0.0.0.0', port: '9000-9010', protocol: 'tcp' }, 'tls://10.0.0.1:8786', 'tls://10.0.0.7:1'),
    'tcp://0.0.0.0:9000-9010',
  )
  assert.equal(at({ 'listen-address': 'tcp://10.0.0.9:9' }, 'tls://10.0.0.1:8786', 'tls://10.0.0.7:1'), 'tcp://10.0.0.9:9')
})

test('wrong command lines name the option', () => {
  const wrong = (options: Record<string, string | boolean>, message: RegExp): void =>
    assert.throws(
      () => plan(options),
      (error: Error) => error instanceof UsageError && message.test(error.message),
      JSON.stringify(options),
    )
  wrong({ nworkers: '0' }, /--nworkers: "0" is not a whole number of at least 1, or 'auto'/)
  wrong({ nthreads: 'many' }, /--nthreads: "many"/)
  wrong({ 'memory-limit': 'much' }, /--memory-limit: .*not a memory limit/)
  wrong({ resources: 'gpu' }, /--resources: .*gpu=2,mem=1e9/)
  wrong({ host: 'a', interface: 'b' }, /--host and --interface cannot both be given/)
  wrong({ interface: 'no such thing' }, /--interface: there is no network interface/)
  wrong({ protocol: 'http' }, /--protocol: "http" is none of tcp, tls, ws, wss/)
  wrong({ port: 'x' }, /--port: /)
  wrong({ nworkers: '3', port: '9000-9001' }, /--port: 3 workers need as many ports: give a range such as 9000-9002/)
  wrong({ nworkers: '2', 'contact-address': 'tcp://a:1' }, /--contact-address: 2 workers cannot have one address/)
  wrong({ nworkers: '1', 'contact-address': 'tcp://a:0' }, /--contact-address: .* no single port/)
  wrong({ 'listen-address': 'tcp://a:1', port: '2' }, /--listen-address and --port cannot both be given/)
  wrong({ 'no-nanny': true, nworkers: '2' }, /--no-nanny: without a nanny this is one worker/)
  wrong({ 'lifetime-restart': true }, /about --lifetime, which is not given/)
  wrong({ 'death-timeout': 'soon' }, /--death-timeout: .*not a duration/)
  wrong({ name: ' ' }, /--name: it is empty/)
})

test('the plan of a command line', () => {
  const { workers, threads, names, memory, nanny } = plan({ nworkers: '3', nthreads: '2', name: 'w', 'memory-limit': 'none' })
  assert.deepEqual(
    { workers, threads, names, memory, nanny },
    { workers: 3, threads: 2, names: ['w-0', 'w-1', 'w-2'], memory: Infinity, nanny: true },
  )
  assert.deepEqual(plan({ 'no-nanny': true, name: 'w' }).names, ['w'])
})

test('news for people, for programs, and for nobody', () => {
  const lines = (options: { quiet: boolean; json: boolean }, colors: boolean): string[] => {
    const out: string[] = []
    const terminal = { print: (text: string) => void out.push(text), printError: assert.fail, width: 80, colors }
    const now = (): Date => new Date(2025, 0, 2, 3, 4, 5)
    const log = new ServiceLog(terminal, { ...options, now })
    log.tell('good', 'joined', 'worker a joins', { name: 'a' })
    log.tell('bad', 'lost', 'worker a is lost')
    return out
  }
  assert.deepEqual(lines({ quiet: false, json: false }, false), ['03:04:05 worker a joins', '03:04:05 worker a is lost'])
  assert.deepEqual(lines({ quiet: true, json: false }, false), ['03:04:05 worker a is lost'])
  assert.ok(lines({ quiet: false, json: false }, true)[1]!.endsWith('\x1b[31mworker a is lost\x1b[0m'))
  const [first] = lines({ quiet: false, json: true }, true)
  const { event, message, name, time } = JSON.parse(first!) as Record<string, unknown>
  assert.deepEqual([event, message, name, time], ['joined', 'worker a joins', 'a', new Date(2025, 0, 2, 3, 4, 5).toISOString()])
})

test('the first signal asks, the second ends the process as shells expect', () => {
  for (const [signals, code] of [
    [['SIGTERM', 'SIGTERM'], 143],
    [['SIGTERM', 'SIGINT'], 130],
    [['SIGINT', 'SIGINT'], 130],
  ] as [EndSignal[], number][]) {
    const told: unknown[] = []
    const listeners = new Map<string, () => void>()
    const fake = {
      on: (signal: string, listener: () => void) => void listeners.set(signal, listener),
      off: (signal: string) => void listeners.delete(signal),
      exit: (exitCode: number) => void told.push(exitCode),
    } as unknown as NodeJS.Process
    const stop = onSignals({ first: (s) => told.push('first', s), second: (s) => told.push('second', s), process: fake })
    for (const signal of signals) listeners.get(signal)!()
    assert.deepEqual(told, ['first', signals[0], 'second', signals[1], code])
    stop()
    assert.equal(listeners.size, 0)
  }
})
