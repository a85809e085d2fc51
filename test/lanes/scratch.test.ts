// The folder of a process's runs goes with the process, also where a thread of a database writes there to the end.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'

const program = `import fs from 'node:fs'
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
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, scratch], {
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  assert.equal(status, 0)
  assert.notEqual(stdout.trim(), '')
  assert.equal(existsSync(stdout.trim()), false)
})
