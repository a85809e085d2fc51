// The ```ts blocks of a page, put together, are a program that compiles under the strictest settings and prints what the
// comments behind its console.log calls say.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
// Below the package's root, `heddle` is the package itself.
const folder = join(root, 'dist', 'docs-snippets')

after(() => rmSync(folder, { recursive: true, force: true }))

for (const page of ['clusters', 'plugins']) {
  test(`docs/${page}.md`, () => {
    const text = readFileSync(join(root, 'docs', `${page}.md`), 'utf8')
    const program = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1]!).join('\n')
    const expected = [...program.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map((match) => match[1]!)
    assert.ok(expected.length > 0)
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `${page}.ts`)
    writeFileSync(file, program)
    const options = '--module nodenext --target es2022 --lib es2023,esnext.disposable --strict --skipLibCheck --types node'
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const compiled = spawnSync(process.execPath, [compiler, ...options.split(' '), '--ignoreConfig', file], { encoding: 'utf8' })
    assert.equal(compiled.stdout, '')
    const ran = spawnSync(process.execPath, [file.replace(/\.ts$/, '.js')], { encoding: 'utf8', timeout: 60_000 })
    assert.equal(ran.stderr, '')
    assert.equal(ran.status, 0)
    assert.deepEqual(ran.stdout.trimEnd().split('\n'), expected)
  })
}
