// The folder of a process's runs goes with the process, also where a thread of a database writes there to the end.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

const atExit = `import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
const { scratchFolder } = await import(process.argv[1])
const folder = scratchFolder('run')
fs.writeFileSync(folder + '/file', '')
console.log(folder)
const { rmSync } = fs
let failures = 2
fs.rmSync = (...args) => {
  if (failures-- > 0) throw Object.assign(new Error('ENOTEMPTY: directory not empty'), { code: 'ENOTEMPTY' })
  rmSync(...args)
}
syncBuiltinESMExports()`

test('what is written while the folder is removed at the exit is no crash', () => {
  const scratch = new URL('../../src/lanes/scratch.js', import.meta.url).href
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', atExit, scratch], {
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  assert.equal(status, 0)
  assert.notEqual(stdout.trim(), '')
  assert.equal(existsSync(stdout.trim()), false)
})

test('nor is what is written while a run is let go of', async () => {
  const { removeScratch, scratchFolder } = await import('../../src/lanes/scratch.js')
  const folder = scratchFolder('let-go')
  // It writes until it is told to stop, as a statement does that nobody waits for any more.
  const writer = new Worker(
    `const { mkdirSync, writeFileSync } = require('node:fs')
    const { parentPort, workerData } = require('node:worker_threads')
    for (let i = 0; ; i++) {
      try {
        mkdirSync(workerData + '/tables', { recursive: true })
        writeFileSync(workerData + '/tables/' + (i % 1000), '')
      } catch {}
      if (i === 1000) parentPort.postMessage('writing')
    }`,
    { eval: true, workerData: folder },
  )
  try {
    await once(writer, 'message')
    for (let i = 0; i < 100; i++) removeScratch(folder)
  } finally {
    await writer.terminate()
  }
  removeScratch(folder)
  assert.equal(existsSync(folder), false)
})
