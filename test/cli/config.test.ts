import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from '../../src/cli/run-command.js'
import { type SettingReport, config } from '../../src/config/index.js'
import { textWidth } from '../../src/diagnostics/index.js'
import { forgetSettings, heddle } from './places.js'

forgetSettings()

/** What a command prints where a person reads it, in a terminal of this width, or else a program. */
async function print(width: number | undefined, ...args: string[]): Promise<string> {
  const out: string[] = []
  const code = await runCommand(['config', ...args], {
    print: (text) => out.push(text),
    printError: assert.fail,
    width,
    colors: false,
  })
  assert.equal(code, 0)
  return out.join('\n')
}

const words = (text: string): string => text.replace(/\s+/g, ' ')

test('every setting is shown with its value and description, in any width', async () => {
  for (const width of [30, 60, 80, 120, 200]) {
    const text = await print(width)
    for (const { name, text: value, description } of config.sources()) {
      assert.ok(text.includes(name), name)
      assert.ok(words(text).includes(words(description).slice(0, 20)))
      assert.ok(text.includes(value))
    }
    if (width >= 60) for (const line of text.split('\n')) assert.ok(textWidth(line) <= width, `${width}: ${line}`)
  }
})

test('a setting that is not the default says where it comes from', async () => {
  assert.doesNotMatch(await print(120), /\(from /)
  const text = await config.with({ bag: { splitEvery: 4 } }, () => print(120))
  assert.match(text, /bag\.splitEvery +4 partitions/)
  assert.match(text, /\(from config\.with\)/)
})

test('for programs: a line each, with tabs', async () => {
  const lines = (await print(undefined)).split('\n')
  assert.deepEqual(
    lines,
    config.sources().map(({ name, text, sourceText, description }) => [name, text, sourceText, description].join('\t')),
  )
  const more = (await print(undefined, '--sources')).split('\n')
  assert.deepEqual(
    more,
    config.sources().map((s) => [s.name, s.text, s.sourceText, s.default, s.variable, s.accepts, s.description].join('\t')),
  )
})

test('one setting: the bare value for programs, all there is for people', async () => {
  assert.equal(await print(undefined, 'scheduler.aheadTime'), '5 ms')
  const text = await print(100, 'scheduler.aheadTime')
  for (const part of [
    'scheduler.aheadTime = 5 ms',
    'from      default',
    'default   5 ms',
    'variable  HEDDLE_SCHEDULER__AHEAD_TIME',
    'accepts   a duration',
  ])
    assert.ok(text.includes(part), part)
  assert.match(await print(100, 'scheduler.allowedFailures'), / = 3 deaths$/m)
})

test('a group', async () => {
  const names = (await print(undefined, 'scheduler')).split('\n').map((line) => line.split('\t')[0])
  assert.deepEqual(
    names,
    config.sources().flatMap(({ name }) => (name.startsWith('scheduler.') ? [name] : [])),
  )
})

test('JSON has all of it', async () => {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
  assert.deepEqual(JSON.parse(await print(undefined, '--json')), plain(config.sources()))
  assert.deepEqual(
    JSON.parse(await print(80, 'threads', '--json')),
    plain(config.sources().find(({ name }) => name === 'threads')),
  )
  const group = JSON.parse(await print(80, 'bag', '--json')) as SettingReport[]
  assert.deepEqual(
    group.map(({ name }) => name),
    config.sources().flatMap(({ name }) => (name.startsWith('bag.') ? [name] : [])),
  )
})

test('an unknown name gives code 2, and the name that was probably meant', async () => {
  const errors: string[] = []
  const code = await runCommand(['config', 'threds'], {
    print: assert.fail,
    printError: (text) => errors.push(text),
    width: 80,
    colors: false,
  })
  assert.deepEqual([code, errors], [2, ['heddle: there is no setting "threds"; did you mean "threads"?']])
})

test('files and variables of the process', (t) => {
  const { status, stdout, folder } = heddle(t, ['config', '--sources'], {
    files: { 'heddle.yaml': 'bag:\n  splitEvery: 5\n' },
    env: { HEDDLE_THREADS: '3' },
  })
  assert.equal(status, 0)
  assert.ok(stdout.includes(`bag.splitEvery\t5\t${folder}/heddle.yaml:2\t8\t`))
  assert.ok(stdout.includes('threads\t3\tenvironment variable HEDDLE_THREADS\tauto\t'))
})
