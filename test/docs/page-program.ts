import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../', import.meta.url))

const STRICTEST = '--module nodenext --target es2022 --lib es2023,esnext.disposable --strict --skipLibCheck --types node'

/**
 * The ```ts blocks of a page, put together: a program that compiles under the strictest settings, and ends well without a word
 * of complaint. Gives what it prints, and what the comments behind its console.log calls say that it prints.
 */
export function runPage(
  page: string,
  { cwd }: { readonly cwd?: string } = {},
): { readonly said: string; readonly expected: string[] } {
  const text = readFileSync(join(root, page), 'utf8')
  const program = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1]!).join('\n')
  assert.notEqual(program, '')
  const name = basename(page, '.md')
  // Below the package's root, `heddle` is the package itself.
  const folder = join(root, 'dist', 'pages', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, program)
  compile(file)
  const ran = spawnSync(process.execPath, [file.replace(/\.ts$/, '.js')], { cwd, encoding: 'utf8', timeout: 120_000 })
  assert.equal(ran.stderr, '')
  assert.equal(ran.status, 0)
  const expected = [...program.matchAll(/console\.log\((?:'(\w+)'\)|.*\) \/\/ (.*)$)/gm)].map((m) => m[1] ?? m[2]!)
  return { said: ran.stdout, expected }
}

/** Compiles programs under the strictest settings, each beside its source. */
export function compile(...files: readonly string[]): void {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const args = [compiler, ...STRICTEST.split(' '), '--ignoreConfig', ...files]
  assert.equal(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout, '')
}
