import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { bin, built, fixtures, node, roundTrip, transferUrl, underTest } from './fixture.js'
import type { Case } from './fixture.js'

// fixtures/closures/cases.ts holds closures of every kind. Each way of running TypeScript compiles it differently; each
// closure must do in a worker what it does here.

const source = join(fixtures, 'closures', 'cases.ts')

before(async () => {
  rmSync(built, { recursive: true, force: true })
  mkdirSync(join(built, 'commonjs'), { recursive: true })
  writeFileSync(join(built, 'commonjs', 'package.json'), '{"type":"commonjs"}')
  await Promise.all(['esnext', 'commonjs'].map(compile))
})

async function compile(module: string): Promise<void> {
  const options = [
    '--ignoreConfig',
    '--target',
    'es2022',
    '--moduleResolution',
    'bundler',
    '--types',
    'node',
    '--skipLibCheck',
    '--sourceMap',
  ]
  await node([bin('typescript', 'bin/tsc'), source, '--module', module, '--outDir', join(built, module), ...options])
}

interface Outcome {
  readonly count: number
  readonly failures: string[]
}

function check({ count, failures }: Outcome): void {
  assert.deepEqual(failures, [])
  assert.ok(count >= 37, `only ${count} cases ran`)
}

async function inThisProcess(module: string): Promise<Outcome> {
  const loaded = (await import(pathToFileURL(join(built, module, 'cases.js')).href)) as { cases: Case[] }
  return { count: loaded.cases.length, failures: await roundTrip.runCases(loaded.cases, underTest) }
}

function outcomeIn(output: string): Outcome {
  const line = output.split('\n').find((l) => l.includes('{"count"'))
  assert.ok(line, output)
  return JSON.parse(line.slice(line.indexOf('{'))) as Outcome
}

test('the comparison finds what is wrong', async () => {
  let differs = 0
  const failures = await roundTrip.runCases([{ name: 'counts', fn: () => ++differs }], underTest)
  // Here the variable goes on, there it is a copy: the second call here gives 2.
  assert.deepEqual(failures, [])
  const again = await roundTrip.runCases([{ name: 'random', fn: () => process.hrtime.bigint() }], underTest)
  assert.equal(again.length, 1)
})

test('closures of ES modules', async () => check(await inThisProcess('esnext')))

test('closures of CommonJS', async () => check(await inThisProcess('commonjs')))

test('closures of a program run from the output of tsc', async () => {
  const output = await node([join(fixtures, 'run-cases.mjs'), join(built, 'esnext', 'cases.js'), transferUrl])
  check(outcomeIn(output))
})

test('closures of a program run by tsx', async () => {
  check(outcomeIn(await node(['--import', 'tsx', join(fixtures, 'run-cases.mjs'), source, transferUrl])))
})

test('closures inside vitest', async () => {
  const config = ['run', '--root', fixtures, '--config', join(fixtures, 'vitest.config.mjs')]
  check(outcomeIn(await node([bin('vitest', 'vitest.mjs'), ...config], { HEDDLE_TRANSFER: transferUrl })))
})
