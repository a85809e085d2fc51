// Every ```ts block of docs/debugging.md, put together, compiles under the strictest settings and does what it says.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('../../../', import.meta.url))

test('the snippets of docs/debugging.md', () => {
  const text = readFileSync(join(root, 'docs', 'debugging.md'), 'utf8')
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((m) => m[1]!)
  assert.ok(blocks.length >= 8)
  // Below the package's root, `heddle` is the package itself.
  const folder = join(root, 'dist', 'docs-debugging')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'debugging.ts'), blocks.join('\n'))
  const options = '--module nodenext --target es2022 --lib es2023,esnext.disposable --strict --skipLibCheck --types node'.split(
    ' ',
  )
  const compiled = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...options, '--ignoreConfig', join(folder, 'debugging.ts')],
    { encoding: 'utf8' },
  )
  assert.equal(compiled.stdout, '')
  const cwd = mkdtempSync(join(tmpdir(), 'heddle-debugging-'))
  try {
    const ran = spawnSync(process.execPath, [join(folder, 'debugging.js')], { cwd, encoding: 'utf8' })
    assert.equal(ran.stderr, '')
    assert.equal(ran.status, 0)
    const lines = ran.stdout.split('\n')
    for (const line of [
      "failed: no price in 'sugar'",
      "again: no price in 'sugar'",
      'true',
      `total: ${(1 + 2 + 3) * 10}`,
      "rows of january { dataset: 'january', rows: 31 }",
      '(x) => x + 1 finished true 0',
      '7,8',
      '10',
      'primes',
      '1',
      '2 1',
    ]) {
      assert.ok(lines.includes(line), `${line} in\n${ran.stdout}`)
    }
    assert.match(ran.stdout, /^Story of .*\n(?: .*\n)+/m)
    assert.match(ran.stdout, /failed on worker \d: RangeError: no price in 'sugar'/)
    assert.ok(existsSync(join(cwd, 'primes.cpuprofile')))
  } finally {
    rmSync(cwd, { recursive: true })
  }
})
