import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const index = new URL('../../src/config/index.js', import.meta.url).href

/** Runs a module in a process whose home and working folder is empty but for the given heddle.yaml. */
function run(t: TestContext, body: string, { yaml, env }: { yaml?: string; env?: Record<string, string> } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-config-'))
  t.after(() => rmSync(folder, { recursive: true }))
  if (yaml !== undefined) writeFileSync(join(folder, 'heddle.yaml'), yaml)
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HEDDLE|XDG|NODE)_/.test(name)))
  const code = `import { config } from ${JSON.stringify(index)}\nconst print = (value) => console.log(JSON.stringify(value))\n${body}`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: folder,
    env: { ...own, HOME: folder, ...env },
    encoding: 'utf8',
  })
  return {
    ...child,
    folder,
    values: child.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown),
  }
}

test('the package reads its own process: working folder, environment, warnings', (t) => {
  const { status, values, stderr, folder } = run(t, "print([config.get('threads'), config.get('scheduler.aheadTime')])", {
    yaml: 'threads: 3\nscheduler:\n  ahedTime: 1 s\n',
    env: { HEDDLE_SCHEDULER__AHEAD_TIME: '9 ms' },
  })
  assert.equal(status, 0, stderr)
  assert.deepEqual(values, [[3, 9]])
  assert.match(stderr, /HeddleConfigWarning: .*heddle\.yaml:3 is ignored: .*did you mean "scheduler\.aheadTime"\?/)
  assert.ok(stderr.includes(folder))
})

test('importing reads nothing; the first get does, and a bad value fails it', (t) => {
  const { status, values } = run(
    t,
    `print('imported')
     process.env.HEDDLE_THREADS = 'four'
     try { config.get('executor') } catch (error) { print([error.name, error.message]) }
     process.env.HEDDLE_THREADS = '4'
     print(config.get('threads'))`,
  )
  assert.equal(status, 0)
  const [first, [name, message], last] = values as [string, [string, string], number]
  assert.deepEqual([first, name, last], ['imported', 'ConfigError', 4])
  assert.match(message, /HEDDLE_THREADS.*threads.*"four".*'auto' or a whole number/)
})

test('the YAML parser is loaded only when there is a file', (t) => {
  const body = `import { createRequire } from 'node:module'
    const loaded = () => Object.keys(createRequire(${JSON.stringify(index)}).cache).some((file) => /node_modules.yaml/.test(file))
    const before = loaded()
    config.get('threads')
    print([before, loaded()])`
  assert.deepEqual(run(t, body).values, [[false, false]])
  assert.deepEqual(run(t, body, { yaml: 'threads: 2' }).values, [[false, true]])
})
