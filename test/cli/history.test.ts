// `heddle history`, `heddle top` and `heddle replay`, with clusters as people start them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from '../../src/client/index.js'
import { span } from '../../src/expr/index.js'
import { readSchedulerFile } from '../../src/protocol/index.js'
import { main } from './places.js'
import { scratch, startScheduler, startWorker } from './services.js'

/** What a command prints; it must end well. */
function printed(home: string, ...args: string[]): { stdout: string; stderr: string; status: number | null } {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HEDDLE|XDG|NODE)_/.test(name)))
  return spawnSync(process.execPath, [main, ...args], { cwd: home, encoding: 'utf8', env: { ...own, HOME: home } })
}

test('what ran is in the history, though the scheduler was killed; top and replay show it', async (t) => {
  const home = scratch(t)
  const { service: scheduler, file } = await startScheduler(t, home)
  const worker = await startWorker(t, home, 'w')
  const { addresses, credentials } = await readSchedulerFile(file)
  const client = await Client.open({ address: addresses[0]!, credentials, name: 'nightly', setAsDefault: false })
  const say = (n: number): number => {
    console.log(`number ${n}`)
    return n
  }
  await span('loud', () => client.gather(client.map(say, [1, 2, 3])))

  const top = printed(home, 'top', '--scheduler-file', file)
  assert.equal(top.status, 0, top.stderr)
  assert.match(top.stdout, /^heddle top {2}tcp:.*\n1 worker {3}1 threads/)
  assert.match(top.stdout, /3\/3 {2}100%/)

  const dump = join(home, 'a.dump')
  await client.dump(dump)
  const replay = printed(home, 'replay', dump, '--once', '--port', '0')
  assert.equal(replay.status, 0, replay.stderr)
  assert.match(replay.stdout, /1 workers, \d+ events/)
  assert.match(replay.stdout, /^loud +3\/3/m)
  const { output } = await (await import('../../src/client/index.js')).readDump(dump)
  assert.deepEqual(
    output.map(({ worker: name, stream, text }) => [name, stream, text]),
    [1, 2, 3].map((n) => ['w', 'stdout', `number ${n}`]),
  )

  // While it runs, the run is nobody's but the scheduler's.
  assert.deepEqual(JSON.parse(printed(home, 'history', '--json').stdout), [])
  const gone = once(scheduler.process, 'close')
  scheduler.process.kill('SIGKILL')
  await gone
  worker.process.kill('SIGKILL')
  const listed = printed(home, 'history', '--json')
  assert.equal(listed.status, 0, listed.stderr)
  const [run] = JSON.parse(listed.stdout) as { client: string; status: string }[]
  assert.deepEqual([run!.client, run!.status], ['nightly', 'interrupted'])
  const shown = printed(home, 'history', 'show', 'last').stdout
  assert.match(shown, /^status +interrupted/m)
  assert.match(shown, /^loud +/m)
  assert.deepEqual(
    readdirSync(join(home, '.local/share/heddle/history')).map((name) => name.replace(/^.*\./, '')),
    ['parquet'],
  )
  await client.close()
})

test('what is asked wrongly is said, with code 2, and errors with code 1', (t) => {
  const home = scratch(t)
  for (const [args, status, message] of [
    [['history', 'nonsense'], 2, /nonsense is none of list, show, compare, cost, sql/],
    [['history', 'compare', 'last'], 2, /2 runs are to be named, not 1/],
    [['history', '--since', 'yesterday'], 2, /--since: "yesterday" is no date/],
    [['history', 'sql'], 2, /a statement is needed/],
    [['history'], 1, /there is no history in .*history\.folder/],
    [['replay'], 2, /the file of a dump is needed/],
    [['replay', 'nothing.dump'], 2, /there is no file nothing\.dump/],
    [['replay', main], 1, /is no dump of a cluster/],
    [['top'], 2, /top: give either the ADDRESS of a scheduler or its --scheduler-file/],
  ] as const) {
    const { stderr, status: code } = printed(home, ...args)
    assert.match(stderr, message)
    assert.equal(code, status, `${args.join(' ')}: ${stderr}`)
  }
})
