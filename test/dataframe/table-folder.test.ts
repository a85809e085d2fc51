// The folder of a task's tables goes, also where a statement that was given up still writes there.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { withFolder } from '../../src/duckdb/index.js'

test('a folder to which something was written while it was removed is removed all the same', async () => {
  let folder = ''
  await withFolder(undefined, async (path) => {
    folder = path
    await fs.promises.writeFile(join(path, 'result'), '')
    // What rmSync says where a file appears between its look and its end.
    mock.method(fs, 'rmSync', () => {
      throw Object.assign(new Error(`ENOTEMPTY: directory not empty, rmdir '${path}'`), { code: 'ENOTEMPTY' })
    })
    syncBuiltinESMExports()
  })
  mock.restoreAll()
  syncBuiltinESMExports()
  assert.equal(fs.existsSync(folder), false)
})
