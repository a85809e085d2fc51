// The snippets of docs/actors.md, put together, compile under the strictest settings and print what they say they do.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

test('docs/actors.md', () => {
  const text = readFileSync(join(root, 'docs', 'actors.md'), 'utf8')
  const program = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((m) => m[1]!).join('\n')
  const said = [...program.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm)].map((m) => m[1]!)
  assert.ok(said.length >= 4)
  // Below the package's root, `heddle` is the package itself.
  const folder = join(root, 'dist', 'docs-actors')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'program.ts'), program)
  const options = '--module nodenext --target es2022 --lib es2023,esnext.disposable --strict --skipLibCheck --types node'.split(
    ' ',
  )
  const compiled = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...options, '--ignoreConfig', join(folder, 'program.ts')],
    { encoding: 'utf8' },
  )
  assert.equal(compiled.stdout, '')
  const ran = spawnSync(process.execPath, [join(folder, 'program.js')], { encoding: 'utf8' })
  assert.equal(ran.stderr, '')
  assert.deepEqual(ran.stdout.trimEnd().split('\n'), said)
})
