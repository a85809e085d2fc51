// The main job, unchanged, on a scheduler and two workers of the command line.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scratch, startScheduler, startWorker } from '../cli/services.js'

const job = fileURLToPath(new URL('../../examples/main-job.js', import.meta.url))
const connectFirst = new URL('./connect-first.js', import.meta.url).href

function run(flags: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, job], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    })
    let stdout = ''
    child.stdout.on('data', (text) => (stdout += text))
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve(stdout) : reject(new Error(`the job ended with ${code}: ${stdout}`))))
  })
}

test('the main job gives on a cluster what it gives on threads', async (t) => {
  const home = scratch(t)
  const { file } = await startScheduler(t, home)
  await Promise.all([startWorker(t, home, 'a'), startWorker(t, home, 'b')])
  const there = await run(['--import', connectFirst], { SCHEDULER_FILE: file })
  const here = await run([], {})
  // What differs is where the dashboard is, and how long it took.
  const answers = (text: string): string =>
    text
      .slice(0, text.search(/\d+ tasks: /))
      .replace(/^Dashboard: .*$/m, '')
      .replaceAll(/\([\d.]+ s\)/g, '')
  assert.equal(answers(there), answers(here))
  const tasks = (text: string): number => Number(/(\d+) tasks: /.exec(text)![1])
  assert.equal(tasks(there), tasks(here))
  assert.ok(tasks(there) > 100)
})
