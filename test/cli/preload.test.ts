import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch, startScheduler, startWorker } from './services.js'

test('modules that commands load first are plugins', async (t) => {
  const home = scratch(t)
  const log = join(home, 'log')
  writeFileSync(
    join(home, 'diary.mjs'),
    `import { appendFileSync } from 'node:fs'
const write = (what) => appendFileSync(${JSON.stringify(log)}, what + '\\n')
export const setup = (host) => write('setup ' + (host.name ?? 'scheduler'))
export const teardown = (host) => write('teardown ' + (host.name ?? 'scheduler'))
`,
  )
  const { service } = await startScheduler(t, home, '--preload', './diary.mjs')
  const worker = await startWorker(t, home, 'a', '--preload', './diary.mjs', '--preload-nanny', './diary.mjs')
  const alone = await startWorker(t, home, 'b', '--no-nanny', '--preload', './diary.mjs')
  assert.deepEqual(readFileSync(log, 'utf8').trim().split('\n'), ['setup scheduler', 'setup worker a', 'setup a', 'setup b'])
  writeFileSync(log, '')
  worker.process.kill('SIGTERM')
  assert.equal(await worker.ended, 0)
  alone.process.kill('SIGTERM')
  assert.equal(await alone.ended, 0)
  service.process.kill('SIGTERM')
  assert.equal(await service.ended, 0)
  assert.deepEqual(readFileSync(log, 'utf8').trim().split('\n'), [
    'teardown a',
    'teardown worker a',
    'teardown b',
    'teardown scheduler',
  ])
})
