// Every ```ts block of docs/coordination.md, put together, compiles under the strictest settings and prints what it says.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('../../../', import.meta.url))

test('docs/coordination.md', () => {
  const text = readFileSync(join(root, 'docs', 'coordination.md'), 'utf8')
  const program = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1]!).join('\n')
  // Below the package's root, `heddle` is the package itself.
  const folder = join(root, 'dist', 'docs-coordination')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'coordination.ts'), program)
  const options = '--module nodenext --target es2022 --lib es2023,esnext.disposable --strict --skipLibCheck --types node'.split(
    ' ',
  )
  const compiled = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...options, '--ignoreConfig', join(folder, 'coordination.ts')],
    { encoding: 'utf8' },
  )
  assert.equal(compiled.stdout, '')
  const ran = spawnSync(process.execPath, [join(folder, 'coordination.js')], { encoding: 'utf8', timeout: 120_000 })
  assert.equal(ran.stderr, '')
  assert.equal(ran.status, 0)
  const said = [...program.matchAll(/console\.log\((?:'(\w+)'|.*\) \/\/ (.*))/g)].map((match) => match[1] ?? match[2]!.trim())
  assert.deepEqual(ran.stdout.trim().split('\n'), said)
})
