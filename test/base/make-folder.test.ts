import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolder } from '../../src/base/index.js'

test('folders are made with those above them, and left as they are when they are there', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'heddle-folders-'))
  t.after(() => rmSync(root, { recursive: true }))
  const deep = join(root, 'a', 'b', 'c')
  makeFolder(deep, 0o700)
  makeFolder(deep, 0o755)
  assert.deepEqual(
    ['a', 'a/b', 'a/b/c'].map((path) => statSync(join(root, path)).mode & 0o777),
    [0o700, 0o700, 0o700],
  )
  writeFileSync(join(root, 'file'), '')
  assert.throws(() => makeFolder(join(root, 'file', 'below')), { code: 'ENOTDIR' })
})

test('where nothing can be made, the system says so', { skip: process.platform !== 'linux' }, () => {
  // Node's own `recursive` tries for ever.
  assert.throws(() => makeFolder('/proc/heddle'), { code: 'ENOENT' })
  assert.throws(() => makeFolder('/proc/heddle/below'), { code: 'ENOENT' })
  assert.throws(() => makeFolder('/dev/full/heddle'), { code: 'ENOTDIR' })
})
