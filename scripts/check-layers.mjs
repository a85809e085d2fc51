// The layers of ARCHITECTURE.md as data, and the check that the imports obey them: a folder may import only the
// folders named in its row, every one of which stands lower or on the same level; nothing may circle; outside a
// folder only its index.ts (its public face) may be imported, or one of the further faces that a table gives it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')

/** folder → [level, folders it may import] */
export const layers = {
  base: [0, []],
  config: [0, ['base']],
  events: [1, ['base']],
  model: [2, ['base', 'events']],
  graph: [1, ['base', 'transfer']],
  kernels: [1, ['base']],
  native: [1, ['base', 'config', 'kernels', 'memory']],
  transfer: [1, ['base', 'config']],
  memory: [1, ['base', 'config']],
  lambda: [1, ['base', 'transfer']],
  expr: [2, ['base', 'config', 'graph', 'transfer', 'executor']],
  plugins: [2, ['base', 'events']],
  scheduler: [2, ['base', 'events', 'graph']],
  worker: [2, ['base', 'events', 'graph']],
  lanes: [2, ['base', 'config', 'graph', 'transfer', 'memory', 'worker']],
  shuffle: [2, ['base', 'graph']],
  spilling: [2, ['base', 'config', 'memory', 'lanes', 'worker']],
  executor: [
    2,
    ['base', 'config', 'events', 'graph', 'transfer', 'memory', 'lanes', 'scheduler', 'shuffle', 'spilling', 'worker'],
  ],
  filesystem: [2, ['base', 'config']],
  comm: [2, ['base', 'config']],
  duckdb: [2, ['base', 'config', 'memory']],
  drivers: [2, ['base']],
  protocol: [3, ['base', 'config', 'graph', 'comm']],
  actors: [3, ['base', 'config', 'graph', 'transfer', 'comm', 'protocol', 'delayed']],
  cluster: [
    3,
    [
      'base',
      'config',
      'events',
      'graph',
      'transfer',
      'memory',
      'lanes',
      'scheduler',
      'shuffle',
      'spilling',
      'worker',
      'comm',
      'protocol',
      'actors',
      'plugins',
      'model',
      'metrics',
    ],
  ],
  formats: [3, ['base', 'config', 'filesystem']],
  delayed: [3, ['base', 'config', 'graph', 'transfer', 'expr', 'executor']],
  bag: [3, ['base', 'config', 'graph', 'transfer', 'expr', 'executor', 'filesystem', 'formats', 'delayed', 'shuffle']],
  array: [
    3,
    [
      'base',
      'config',
      'graph',
      'kernels',
      'memory',
      'native',
      'transfer',
      'expr',
      'executor',
      'shuffle',
      'lambda',
      'delayed',
      'dataframe',
      'filesystem',
      'formats',
    ],
  ],
  client: [
    4,
    ['base', 'config', 'events', 'graph', 'transfer', 'executor', 'expr', 'comm', 'protocol', 'delayed', 'actors', 'plugins'],
  ],
  dataframe: [
    3,
    [
      'base',
      'config',
      'graph',
      'kernels',
      'memory',
      'transfer',
      'lanes',
      'shuffle',
      'expr',
      'executor',
      'lambda',
      'duckdb',
      'drivers',
      'filesystem',
      'formats',
      'protocol',
      'bag',
      'delayed',
    ],
  ],
  runner: [5, ['base', 'config', 'memory', 'comm', 'protocol', 'cluster', 'client', 'deploy', 'dashboard', 'history']],
  ssh: [5, ['base', 'config', 'comm', 'protocol', 'deploy']],
  dashboard: [
    5,
    [
      'base',
      'config',
      'events',
      'model',
      'graph',
      'executor',
      'expr',
      'comm',
      'cluster',
      'client',
      'diagnostics',
      'transfer',
      'metrics',
      'history',
    ],
  ],
  deploy: [5, ['base', 'config', 'memory', 'comm', 'protocol', 'cluster', 'client', 'dashboard', 'history']],
  diagnostics: [4, ['base', 'config', 'events', 'model', 'graph', 'expr', 'executor', 'client', 'history']],
  metrics: [2, ['base', 'comm']],
  history: [4, ['base', 'config', 'events', 'model', 'duckdb', 'executor', 'cluster', 'client']],
  jobqueue: [5, ['base', 'config', 'memory', 'comm', 'protocol', 'cluster', 'deploy']],
  cli: [
    6,
    [
      'base',
      'config',
      'events',
      'graph',
      'transfer',
      'expr',
      'executor',
      'delayed',
      'bag',
      'diagnostics',
      'memory',
      'native',
      'comm',
      'protocol',
      'cluster',
      'client',
      'deploy',
      'jobqueue',
      'dashboard',
      'history',
      'model',
      'runner',
      'ssh',
    ],
  ],
}

/** Folders with further faces: parts that are much less than the whole. */
const partFaces = { cluster: ['processes.ts', 'schedulers.ts'], lanes: ['first-thread.ts'] }

/** Arrays become dataframes and dataframes arrays: this module has the types of what it gives, whose code is loaded when it is called. */
const turningBack = { 'dataframe/to-array.ts': 'array' }

/** Libraries and the one folder each is imported from. */
export const adapters = {
  acorn: 'transfer',
  yaml: 'config',
  avsc: 'formats',
  'csv-parse': 'formats',
  tinyglobby: 'filesystem',
  aws4fetch: 'filesystem',
  picomatch: 'filesystem',
  '@hpcc-js/wasm-graphviz': 'graph',
  ws: 'comm',
  preact: 'dashboard',
  uplot: 'dashboard',
  '@peculiar/x509': 'comm',
  'reflect-metadata': 'comm',
  '@duckdb/node-api': 'duckdb',
  'apache-arrow': 'duckdb',
  '@opentelemetry/api': 'diagnostics',
  koffi: 'base',
  pg: 'drivers',
  'sql.js': 'drivers',
  zarrita: 'formats',
}

const problems = []
for (const [folder, [level, allowed]] of Object.entries(layers)) {
  for (const other of allowed) {
    if (!layers[other]) problems.push(`the table: ${folder} may import ${other}, which has no row`)
    else if (layers[other][0] > level) problems.push(`the table: ${folder} may not import ${other}, which stands higher`)
  }
}

const files = readdirSync(src, { recursive: true })
  .map(String)
  .filter((f) => f.endsWith('.ts'))
const importsOf = (text) =>
  [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"()]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g,
    ),
  ].map((m) => m[1] ?? m[2] ?? m[3])

const edges = new Map()
for (const file of files) {
  const parts = file.split(sep)
  const folder = parts.length > 1 ? parts[0] : ''
  if (folder && !layers[folder]) problems.push(`src/${file}: the folder ${folder} has no row in scripts/check-layers.mjs`)
  const text = readFileSync(join(src, file), 'utf8')
  for (const specifier of importsOf(text)) {
    if (!specifier.startsWith('.')) {
      const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]
      if (specifier.startsWith('node:')) continue
      if (!adapters[name]) problems.push(`src/${file}: imports the library ${name}, which has no line in the table of adapters`)
      else if (adapters[name] !== folder) problems.push(`src/${file}: ${name} may be imported from ${adapters[name]}/ only`)
      continue
    }
    const target = relative(src, join(dirname(join(src, file)), specifier)).replace(/\.js$/, '.ts')
    if (!existsSync(join(src, target))) {
      problems.push(`src/${file}: imports ${specifier}, which does not exist`)
      continue
    }
    const other = target.split(sep).length > 1 ? target.split(sep)[0] : ''
    if (other !== '' && turningBack[file.replaceAll(sep, '/')] === other) {
      if (!text.includes(`import type { ChunkedArray } from '${specifier}'`))
        problems.push(`src/${file}: only types of ${other}/ may be imported here`)
      continue
    }
    if (!edges.has(file)) edges.set(file, new Set())
    edges.get(file).add(target)
    if (folder === '' || other === folder) continue
    if (other === '') problems.push(`src/${file}: imports ${target}, the package's own face`)
    else if (file.startsWith(join('dashboard', 'web')) && !['events', 'model'].includes(other))
      problems.push(`src/${file}: the page may import events/ and model/ only`)
    else if (!layers[folder][1].includes(other)) problems.push(`src/${file}: ${folder}/ may not import ${other}/`)
    else if (!['index.ts', ...(partFaces[other] ?? [])].some((face) => target === join(other, face)))
      problems.push(`src/${file}: import ${other}/index.ts, not ${target}`)
  }
}

// Folders must not circle, not even through allowed rows.
const folderEdges = new Map()
for (const [file, targets] of edges) {
  const from = file.split(sep)[0]
  for (const t of targets) {
    const to = t.split(sep)[0]
    if (from !== to && from.indexOf('.') < 0) folderEdges.set(from, (folderEdges.get(from) ?? new Set()).add(to))
  }
}
const done = new Set()
function visit(folder, path) {
  if (path.includes(folder)) problems.push(`a circle: ${[...path.slice(path.indexOf(folder)), folder].join(' → ')}`)
  else if (!done.has(folder)) {
    for (const next of folderEdges.get(folder) ?? []) visit(next, [...path, folder])
    done.add(folder)
  }
}
for (const folder of folderEdges.keys()) visit(folder, [])

for (const p of [...new Set(problems)].sort()) console.error(p)
console.log(`${files.length} files, ${Object.keys(layers).length} folders, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
