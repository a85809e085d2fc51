// The programs on docs/mpi.md and docs/ssh.md, as they stand there.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'
import { bringUp, scratch } from './bring-up.js'
import { ownWords } from './own-words.js'

const limit = { timeout: 120_000 }
const root = fileURLToPath(new URL('../../../', import.meta.url))
const run = promisify(execFile)

/** The ```js blocks of a page. */
function programs(page: string): readonly string[] {
  return [...readFileSync(join(root, 'docs', page), 'utf8').matchAll(/^```js\n(.*?)^```/gms)].map(([, text]) => text!)
}

/** Below the package's root, `heddle` is the package itself. */
function written(name: string, text: string): string {
  const folder = join(root, 'dist', 'hpc')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

test('docs/mpi.md: a Slurm job', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const program = written('ranks.mjs', programs('mpi.md')[0]!)
  const args = ['--partition=main', '--overcommit', '--mem=1500', '-n', '4', process.execPath, program]
  const { stdout } = await run('srun', args, { cwd: scratch(t) })
  assert.equal(stripVTControlCharacters(stdout), '[ 1, 4, 9 ]\n')
})

test('docs/mpi.md: initialize and execute', limit, async (t) => {
  if (bringUp(t, 'mpi-up.sh') === undefined) return
  const [, initialize, execute] = programs('mpi.md')
  const mpirun = ['--allow-run-as-root', '--oversubscribe', '-n', '3', process.execPath]
  for (const [name, text, expected] of [
    ['initialize.mjs', `${initialize}console.log(await client.submit(() => 42))\n`, '42\n'],
    ['execute.mjs', `${execute}if (total !== undefined) console.log(total)\n`, '11\n'],
  ] as const) {
    const { stdout, stderr } = await run('mpirun.openmpi', [...mpirun, written(name, text)], { cwd: scratch(t) })
    assert.deepEqual([stripVTControlCharacters(stdout), ownWords(stderr)], [expected, ''])
  }
})

test('docs/ssh.md', limit, async (t) => {
  const exports = bringUp(t, 'ssh-up.sh')
  if (exports === undefined) return
  const folder = scratch(t)
  const config = /SSH_CONFIG=(\S+)/.exec(exports)![1]!
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${config} "$@"\n`, { mode: 0o755 })
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
  const { stdout, stderr } = await run(process.execPath, [written('try-ssh.mjs', programs('ssh.md')[0]!)], { cwd: folder, env })
  assert.deepEqual([stripVTControlCharacters(stdout), ownWords(stderr)], ['[ 1, 4, 9 ]\n', ''])
})
