// Every example runs to its end. (The main job: cluster/main-job.test.ts.)
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = join(root, 'dist', 'examples')

function run(file: string): Promise<{ stdout: string; stderr: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, file)], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (d) => (stdout += d))
    child.stderr.on('data', (d) => (stderr += d))
    child.on('error', reject)
    child.on('exit', (code) => resolve({ stdout, stderr, code }))
  })
}

for (const file of readdirSync(folder).filter((f) => f.endsWith('.js') && f !== 'main-job.js')) {
  test(`examples/${file.replace(/\.js$/, '.ts')}`, async () => {
    const { stdout, stderr, code } = await run(file)
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.notEqual(stdout, '')
  })
}
