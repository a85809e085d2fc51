// Compiles src, test, examples and bench to dist, file by file, and removes outputs whose source is gone
// (a deleted test must not go on passing). Then the native kernels. The dashboard's page is bundled: it ships built.
// What loads together becomes one file in the end (pack.mjs).
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pack } from './pack.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')

function removeOrphans(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    // scripts/pack.mjs sees to its own.
    if (path === join(dist, '.plain') || path === join(dist, 'src', 'packs')) continue
    if (entry.isDirectory()) removeOrphans(path)
    else {
      const source = relative(dist, path).replace(/(\.d)?\.([cm]?)(js|ts)(\.map)?$/, '.$2ts')
      if (source.endsWith('ts') && !existsSync(join(root, source))) rmSync(path)
    }
  }
}

async function bundle(from, to) {
  const { build } = await import('esbuild')
  const { errors } = await build({
    entryPoints: [join(from, 'page.ts')],
    outfile: join(to, 'page.js'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['es2022'],
    legalComments: 'inline',
    logLevel: 'warning',
  })
  copyFileSync(join(from, 'page.html'), join(to, 'page.html'))
  const plots = readFileSync(join(root, 'node_modules', 'uplot', 'dist', 'uPlot.min.css'), 'utf8')
  writeFileSync(join(to, 'page.css'), plots + readFileSync(join(from, 'page.css'), 'utf8'))
  return errors.length === 0 ? 0 : 1
}

/** Native kernels: AssemblyScript, one module of WebAssembly. Compiled again only if a source is newer. */
function buildNative() {
  const folder = join(root, 'native')
  const out = join(dist, 'src', 'native', 'native.wasm')
  const newest = Math.max(...readdirSync(folder).map((f) => statSync(join(folder, f)).mtimeMs))
  if (existsSync(out) && statSync(out).mtimeMs > newest) return 0
  mkdirSync(dirname(out), { recursive: true })
  const asc = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js')
  // The memory is the caller's: nothing may be put into it, so no runtime and no data.
  const memory = ['--importMemory', '--noExportMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536']
  const code = ['-O3', '--runtime', 'stub', '--noAssert', '--use', 'abort=', '--enable', 'threads', '--enable', 'simd']
  const args = [asc, join('native', 'index.ts'), '--outFile', out, ...memory, ...code, '--disableWarning']
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1
}

if (existsSync(dist)) removeOrphans(dist)
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit' })
// The page is for browsers, with types of its own, and becomes one file.
const web = join(root, 'src', 'dashboard', 'web')
const page = spawnSync(process.execPath, [tsc, '-p', web], { stdio: 'inherit' })
process.exitCode = status || page.status || buildNative() || (await bundle(web, join(dist, 'src', 'dashboard', 'web')))
if (process.exitCode === 0) await pack()
