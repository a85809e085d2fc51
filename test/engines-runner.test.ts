// What `npm run test:engines` makes of engines that do not come up, and of tests that fail.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const scripts = new URL('../../scripts/engines/', import.meta.url)

function scratch(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-runner-')))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

/** What a program prints last, that has one of the scripts at hand. */
function ran(script: string, program: string): { readonly said: string; readonly result: unknown } {
  // Inside a test node's runner is another one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const code = `import * as it from ${JSON.stringify(new URL(script, scripts).href)}\nconsole.log('\\n' + JSON.stringify(${program}))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', env })
  assert.equal(stderr, '')
  return { said: stdout, result: JSON.parse(stdout.trimEnd().split('\n').at(-1)!) }
}

test('an engine that does not come up is said with its reason, and the others come up', () => {
  const folder = scratch({
    'good-up.sh': 'sleep 60 >/dev/null & kill $!\n',
    'bad-up.sh': 'echo there is no mirror >&2; exit 3\n',
  })
  const { said, result } = ran('bring-up.mjs', `await it.bringUpAll(${JSON.stringify(folder)}, ['bad-up.sh', 'good-up.sh'])`)
  const [bad, good] = result as [{ reason: string }, { reason?: string; seconds?: number }]
  if (process.getuid!() !== 0) {
    for (const { reason } of [bad, good]) assert.equal(reason, 'only root can')
    return
  }
  assert.equal(bad.reason, 'exit code 3: there is no mirror')
  assert.ok(said.includes('bad-up.sh has not brought its engine up: exit code 3: there is no mirror\n'))
  assert.deepEqual([good.reason, typeof good.seconds], [undefined, 'number'])
})

test('files with a test that has failed are told', () => {
  const of = (body: string): string => `import { test } from 'node:test'\ntest('one', ${body})\n`
  const folder = scratch({
    'bad.test.mjs': of("() => { throw new Error('no') }"),
    'late.test.mjs': "throw new Error('at once')\n",
    'good.test.mjs': of('() => undefined'),
    'hoped.test.mjs': of("{ todo: 'some day' }, () => { throw new Error('not yet') }"),
    'left-out.test.mjs': of("(t) => t.skip('there is none')"),
  })
  const files = ['bad', 'late', 'good', 'hoped', 'left-out'].map((name) => join(folder, `${name}.test.mjs`))
  const what = (some: readonly string[]): string =>
    `await it.runTests(${JSON.stringify({ root: folder, files: some, env: {}, minutes: 5 })})`
  assert.deepEqual((ran('run-tests.mjs', what(files)).result as string[]).sort(), ['bad.test.mjs', 'late.test.mjs'])
  assert.deepEqual(ran('run-tests.mjs', what(files.slice(2))).result, [])
})
