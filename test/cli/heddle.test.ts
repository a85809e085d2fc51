import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { commands } from '../../src/cli/commands.js'
import { runCommand } from '../../src/cli/run-command.js'
import { wrapText } from '../../src/cli/wrap-text.js'
import { heddle, main } from './places.js'

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }

/** Runs a command line in this process. */
async function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const out: string[] = []
  const error: string[] = []
  const code = await runCommand(args, {
    print: (text) => out.push(text),
    printError: (text) => error.push(text),
    width: undefined,
    colors: false,
  })
  return { code, out: out.join('\n'), error: error.join('\n') }
}

test('the version is that of the package', async () => {
  assert.deepEqual(await run('--version'), { code: 0, out: version, error: '' })
  assert.deepEqual(await run('-v'), { code: 0, out: version, error: '' })
})

test('help lists every command, and that of a command its options', async () => {
  const { code, out } = await run('--help')
  assert.equal(code, 0)
  assert.deepEqual(await run('-h'), await run('help'))
  for (const { name, summary, options } of commands) {
    assert.ok(out.includes(name) && out.includes(summary))
    const help = await run(name, '--help')
    assert.equal(help.code, 0)
    for (const [option, { description }] of Object.entries(options))
      assert.ok(help.out.includes(`--${option}`) && help.out.includes(description))
    assert.deepEqual(await run('help', name), help)
    assert.deepEqual(await run(name, '-h'), help)
  }
})

test('a wrong command line gives code 2, and says what was probably meant', async () => {
  const wrong = async (...args: string[]): Promise<string> => {
    const { code, out, error } = await run(...args)
    assert.deepEqual([code, out], [2, ''])
    return error
  }
  assert.match(await wrong('confg'), /no command "confg"; did you mean heddle config\?/)
  assert.match(await wrong('inf'), /did you mean heddle info\?/)
  assert.match(await wrong('explode'), /no command "explode"; heddle --help lists them/)
  assert.match(await wrong('help', 'confg'), /did you mean heddle config\?/)
  assert.match(await wrong('--verbose'), /no option --verbose/)
  assert.match(await wrong('info', '--jsn'), /info: unknown option '--jsn'; see heddle info --help/)
  assert.match(await wrong('info', 'more'), /info: there is one argument too many, "more"/)
  assert.match(await wrong('info', '--json=yes'), /info: .*--json/)
  assert.match(await wrong(), /^Heddle: .*\n\nUsage/)
})

test('texts are wrapped at spaces', () => {
  assert.deepEqual(wrapText('one two three four', 9), ['one two', 'three', 'four'])
  assert.deepEqual(wrapText('a veryLongWord b', 5), ['a', 'veryLongWord', 'b'])
  assert.deepEqual(wrapText('', 5), [''])
})

test('the program: its first line, its streams, its exit codes', (t) => {
  assert.match(readFileSync(main, 'utf8'), /^#!\/usr\/bin\/env node\n/)
  const good = heddle(t, ['--version'])
  assert.deepEqual([good.status, good.stdout, good.stderr], [0, `${version}\n`, ''])
  const unknown = heddle(t, ['confg'])
  assert.deepEqual([unknown.status, unknown.stdout], [2, ''])
  assert.match(unknown.stderr, /^heddle: there is no command "confg"/)
  const broken = heddle(t, ['config'], { files: { 'heddle.yaml': 'threads: four' } })
  assert.deepEqual([broken.status, broken.stdout], [1, ''])
  assert.match(broken.stderr, /heddle\.yaml:1.*threads.*"four"/)
  assert.doesNotMatch(broken.stderr, / at .*\.js:/)
})

test('a reader that goes away is no error', async () => {
  const child = spawn(process.execPath, [main, 'config', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number]
  assert.deepEqual([code, stderr], [0, ''])
})
