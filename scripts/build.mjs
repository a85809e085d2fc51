// Compiles src, test, examples and bench to dist, file by file, and removes outputs whose source is gone
// (a deleted test must not go on passing).
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')

function removeOrphans(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) removeOrphans(path)
    else {
      const source = relative(dist, path).replace(/(\.d)?\.([cm]?)(js|ts)(\.map)?$/, '.$2ts')
      if (source.endsWith('ts') && !existsSync(join(root, source))) rmSync(path)
    }
  }
}

if (existsSync(dist)) removeOrphans(dist)
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit' })
process.exitCode = status ?? 1
