import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { SSHCluster, SSHError } from '../../src/ssh/index.js'
import { hostOf, hostsOf, parseHostFile } from '../../src/ssh/hosts.js'
import { quote, remoteCommand } from '../../src/ssh/remote-command.js'
import { sshArguments } from '../../src/ssh/ssh-arguments.js'

test('hosts as text', () => {
  assert.deepEqual(hostOf('n1'), { host: 'n1' })
  assert.deepEqual(hostOf('me@n1.site:2222'), { host: 'n1.site', user: 'me', port: 2222 })
  assert.deepEqual(hostOf('fe80::1'), { host: 'fe80::1' })
  assert.deepEqual(hostOf('me@[fe80::1]:22'), { host: 'fe80::1', user: 'me', port: 22 })
  assert.deepEqual(hostOf({ host: 'me@n1', threads: 4 }), { host: 'n1', user: 'me', threads: 4 })
  for (const wrong of ['', 'a b', '-oProxyCommand=evil', '-l@n1', '@n1', '[n1']) assert.throws(() => hostOf(wrong), ArgumentError)
})

test('a host file', () => {
  const text =
    '# ours\nn0\nn1:22 slots=8   user=me # the large one\n\nn2 workers=2 memoryLimit=4GiB nanny=false resources=gpu=1,mem=2GB\n'
  assert.deepEqual(parseHostFile(text, 'hosts'), [
    { host: 'n0' },
    { host: 'n1', port: 22, threads: 8, user: 'me' },
    { host: 'n2', workers: 2, memoryLimit: '4GiB', nanny: false, resources: { gpu: 1, mem: 2e9 } },
  ])
  assert.throws(
    () => parseHostFile('n0\nn1 thread=4', 'hosts'),
    /^ArgumentError: hosts, line 2: there is no option "thread"; did you mean threads\?/,
  )
  assert.throws(() => parseHostFile('n1 threads=x', 'hosts'), /line 1: "x" is not a whole number/)
  assert.throws(() => parseHostFile('n1 large', 'hosts'), /"large" is not name=value/)
})

test('who is who', async () => {
  const names = ({ scheduler, workers }: Awaited<ReturnType<typeof hostsOf>>): unknown => [
    scheduler.host,
    workers.map(({ host }) => host),
  ]
  assert.deepEqual(names(await hostsOf({ hosts: ['a', 'b', 'c'] })), ['a', ['b', 'c']])
  assert.deepEqual(names(await hostsOf({ hosts: ['a', 'b'], schedulerHost: 's' })), ['s', ['a', 'b']])
  const { workers } = await hostsOf({
    hosts: ['a', { host: 'b', threads: 1, environment: { B: '2' } }],
    defaults: { threads: 4, user: 'me', environment: { A: '1' } },
  })
  assert.deepEqual(workers, [{ host: 'b', threads: 1, user: 'me', environment: { A: '1', B: '2' } }])
  await assert.rejects(hostsOf({ hosts: ['a'] }), /a runs the scheduler, and there is no host for workers/)
  await assert.rejects(hostsOf({}), /there are no hosts/)
  await assert.rejects(hostsOf({ hostFile: '/no/such/file' }), /the host file \/no\/such\/file cannot be read/)
})

test('words reach sh through another sh as they are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom(...Array.from('a $`"\'\\!;&|<>(){}*?~#%=/\u00e9')) }), {
        minLength: 1,
        maxLength: 4,
      }),
      (words) => {
        const script = `printf '%s\\n' ${words.map(quote).join(' ')}`
        const out = execFileSync('/bin/sh', ['-c', `exec /bin/sh -c ${quote(script)}`], { encoding: 'utf8' })
        assert.deepEqual(out.split('\n').slice(0, -1), words)
      },
    ),
    { numRuns: 25 },
  )
})

test('the remote command finds Node and Heddle, and says when there is none', (t) => {
  const run = (command: string, env: NodeJS.ProcessEnv = {}): string =>
    execFileSync('/bin/sh', ['-c', command], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  assert.match(run(remoteCommand({ host: 'h' }, ['--version'])), /^\d+\.\d+\.\d+\n$/)
  // As csh and tcsh want it: in one line, and without what they replace in quotes.
  assert.doesNotMatch(remoteCommand({ host: 'h' }, ['--version']), /[\n!]/)
  const folder = mkdtempSync(join(tmpdir(), "heddle it's "))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'node'), `#!/bin/sh\necho "$PLACE $PWD $*"\n`, { mode: 0o755 })
  const said = run(
    remoteCommand(
      { host: 'h', node: join(folder, 'node'), directory: folder, environment: { PLACE: "a 'b'" }, prologue: 'PLACE="$PLACE!"' },
      ['worker', 'a b'],
    ),
  )
  assert.match(said, new RegExp(`^a 'b'! ${folder} .*/dist/src/cli/main\\.js worker a b\n$`))
  assert.throws(() => run(remoteCommand({ host: 'h', node: '/no/node' }, [])), /no Node was found at \/no\/node/)
  assert.throws(() => run(remoteCommand({ host: 'h', heddle: '/no/heddle' }, [])), /there is no Heddle in \/no\/heddle/)
})

test('the arguments of ssh: those of the user come first', () => {
  const words = sshArguments({ host: 'n1', user: 'me', port: 22, sshArguments: ['-F', 'config'] }, 'command', 2500)
  assert.deepEqual(words.slice(0, 6), ['-F', 'config', '-l', 'me', '-p', '22'])
  assert.deepEqual(words.slice(-3), ['--', 'n1', 'command'])
  assert.ok(words.includes('BatchMode=yes') && words.includes('ConnectTimeout=3'))
})

test('there is no ssh', async () => {
  await assert.rejects(SSHCluster.start({ hosts: ['a', 'b'], ssh: 'no-such-ssh' }), (error) => {
    assert.ok(error instanceof SSHError)
    assert.match(error.message, /scheduler: no-such-ssh was not found here: install OpenSSH's client/)
    return true
  })
})
