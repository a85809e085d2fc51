// Puts modules that are always loaded together into one file, since Node takes about a millisecond to load a file, and a
// cluster that starts loads a thousand. It is done to what `tsc` made, in place: where a module went into a pack, its file
// hands out what the pack has. So whoever imports a module, by whatever way, gets the same one, and `import.meta.url` in it is
// what it was. What `tsc` wrote is kept in dist/.plain, since it writes only what has changed.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'dist', 'src')
const plain = join(root, 'dist', '.plain')
const packs = join(src, 'packs')
const MARK = '//# packed\n'

/** Where programs begin: files that do something when they are loaded, and so stay as they are. */
const programs = {
  heddle: ['index.js'],
  bag: ['bag.js'],
  array: ['array.js'],
  dataframe: ['dataframe.js'],
  jobs: ['jobqueue.js', 'mpi.js'],
  history: ['history.js'],
  thread: ['lanes/thread-entry.js', 'lanes/process-entry.js'],
  worker: ['cluster/worker/worker-entry.js'],
  scheduler: ['deploy/scheduler-entry.js'],
  cli: ['cli/main.js'],
}
/** What they load later, all at once. */
const parts = {
  codec: ['transfer/transfer.js'],
  pool: ['executor/pool.js'],
  arrayTasks: ['array/operations.js'],
  client: ['client/core.js'],
  starting: ['cluster/processes.js', 'deploy/scheduler-process.js', 'deploy/worker-options.js'],
  connections: ['comm/listen.js', 'comm/connect.js', 'shuffle/movers.js'],
  services: ['history/record-scheduler.js', 'dashboard/server/serve-scheduler.js'],
}
/** What the first task of a thread mostly runs: with what the thread has loaded by then, since that is waited for. */
const firstTasks = ['delayed/run-call.js']
/** Two modules are in the same pack if the same of these need them: so none is loaded before it is needed. */
const roots = { ...programs, ...parts, thread: [...programs.thread, ...firstTasks] }

const toPosix = (path) => path.replaceAll('\\', '/')

/** Takes what `tsc` has written since the last time. Gives whether there was anything. */
function takeFresh(modules) {
  let any = false
  for (const module of modules) {
    const text = readFileSync(join(src, module), 'utf8')
    if (text.endsWith(MARK)) continue
    any = true
    mkdirSync(dirname(join(plain, module)), { recursive: true })
    // Where the source map is.
    const maps = toPosix(relative(dirname(join(plain, module)), dirname(join(src, module))))
    writeFileSync(join(plain, module), text.replace(/^(\/\/# sourceMappingURL=)/m, `$1${maps}/`))
  }
  for (const path of readdirSync(plain, { recursive: true }).map(String)) {
    if (path.endsWith('.js') && !modules.includes(toPosix(path))) rmSync(join(plain, path))
  }
  return any
}

const STATEMENT = /^(import|export)\s+(?:([^'"`;]*?)\s+from\s+)?(['"])([^'"\n]+)\3/gm
const DECLARED = /^export\s+(?:(?:async\s+)?function\s*\*?|class|const|let|var)\s+([\w$]+)/gm
const LISTED = /^export\s*\{([^}]*)\}(?:\s*from\s*(['"])([^'"\n]+)\2)?/gm
const ALL = /^export\s*\*\s*from\s*['"]([^'"\n]+)['"]/gm
const UNKNOWN = /^export\s+(?:default\b|(?:const|let|var)\s*[{[])/m
/** A module as a value: it has to be a module. */
const MODULE = /^export\s*\*\s*as\s+([\w$]+)/m

/** What each module imports as it is loaded, and what it exports: by name, which module it has that from. The output of `tsc` is regular; what is not is an error. */
function read(modules) {
  const imports = new Map()
  const exports = new Map()
  const texts = new Map()
  for (const module of modules) {
    const text = readFileSync(join(plain, module), 'utf8')
    const relatives = [...text.matchAll(STATEMENT)].map((found) => found[4]).filter((path) => path.startsWith('.'))
    const unknown = UNKNOWN.exec(text)
    if (unknown) throw new Error(`scripts/pack.mjs: ${module}: "${unknown[0]} …": export it by its name`)
    texts.set(module, text)
    const own = new Map()
    for (const pattern of [DECLARED, new RegExp(MODULE, 'gm')]) {
      for (const [, name] of text.matchAll(pattern)) own.set(name, { module, name })
    }
    for (const [, list, , path] of text.matchAll(LISTED)) {
      const from = path?.startsWith('.') ? posix.join(posix.dirname(module), path) : undefined
      for (const { name, as } of namesIn(list)) own.set(as, from === undefined ? { module, name: as } : { module: from, name })
    }
    exports.set(module, own)
    imports.set(
      module,
      relatives.map((path) => posix.join(posix.dirname(module), path)),
    )
  }
  const handOn = (module) => {
    for (const [, path] of texts.get(module).matchAll(ALL)) {
      const from = posix.join(posix.dirname(module), path)
      for (const name of handOn(from).keys()) exports.get(module).set(name, { module: from, name })
    }
    return exports.get(module)
  }
  for (const module of modules) handOn(module)
  return { imports, exports, texts }
}

/** `a, b as c` */
function namesIn(list) {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => part.split(/\s+as\s+/))
    .map(([name, as = name]) => ({ name, as }))
}

/** Which of the roots need each module, and the modules in an order in which they can be evaluated. */
function needs(imports) {
  const neededBy = new Map()
  const order = new Set()
  for (const [name, starts] of Object.entries(roots)) {
    const seen = new Set()
    const visit = (module) => {
      if (seen.has(module)) return
      if (!imports.has(module)) throw new Error(`scripts/pack.mjs: there is no ${module}`)
      seen.add(module)
      for (const other of imports.get(module)) visit(other)
      order.add(module)
      neededBy.set(module, [...(neededBy.get(module) ?? []), name])
    }
    for (const start of starts) visit(start)
  }
  return { neededBy, order: [...order] }
}

/** A pack of fewer bytes is put into another, where that costs nobody more than to load them: a file takes longer than they do. */
const SMALL = 12_000
/** Packages and parts of Node that every program has loaded, or that take no time. */
const LIGHT = /^node:(async_hooks|events|fs|module|os|path|perf_hooks|timers\/promises|url|util|v8|vm|worker_threads)$/

/** The modules of each pack, by its name. */
function divide(imports, texts) {
  const { neededBy, order } = needs(imports)
  const found = new Map()
  for (const module of order) {
    if (Object.values(programs).flat().includes(module) || MODULE.test(texts.get(module))) continue
    const by = neededBy.get(module)
    const group = found.get(by.join('-')) ?? { by: new Set(by), members: [] }
    group.members.push(module)
    found.set(by.join('-'), group)
  }
  joinSmall([...found.values()], imports, texts)
  const shared = [...found].filter(([, { members }]) => members.length > 1)
  return new Map(shared.map(([name, { members }], i) => [name.includes('-') ? `shared-${i + 1}` : name, members]))
}

/**
 * Puts the modules of small groups into a group that whoever needs them loads anyway. Others load that, too: so it must be one whose
 * programs have loaded by then what the modules import.
 */
function joinSmall(groups, imports, texts) {
  const groupOf = new Map(groups.flatMap((group) => group.members.map((module) => [module, group])))
  const includes = (all, some) => [...some].every((one) => all.has(one))
  const sizeOf = ({ members }) => members.reduce((sum, module) => sum + texts.get(module).length, 0)
  const isLight = (module) =>
    [...texts.get(module).matchAll(STATEMENT)].every(([, , , , path]) => path.startsWith('.') || LIGHT.test(path))
  for (const small of groups.filter((group) => sizeOf(group) < SMALL).sort((a, b) => b.by.size - a.by.size)) {
    if (!small.members.every(isLight)) continue
    const needed = new Set(small.members.flatMap((module) => imports.get(module)).map((module) => groupOf.get(module)))
    needed.delete(small)
    // Modules that are in no pack are files of their own, which somebody else may not have.
    if (needed.has(undefined)) continue
    const [into] = groups
      .filter((group) => group !== small && group.members.length > 0 && includes(group.by, small.by))
      .filter((group) => [...needed].every((other) => other === group || includes(other.by, group.by)))
      .sort((a, b) => a.by.size - b.by.size)
    if (!into) continue
    into.members.push(...small.members)
    for (const module of small.members) groupOf.set(module, into)
    small.members = []
  }
}

export async function pack() {
  const modules = readdirSync(src, { recursive: true })
    .map((path) => toPosix(String(path)))
    .filter((path) => path.endsWith('.js') && !path.startsWith('packs/') && !path.startsWith('dashboard/web/'))
    .sort()
  mkdirSync(plain, { recursive: true })
  const stamp = join(packs, '.stamp')
  const fresh = takeFresh(modules)
  if (!fresh && existsSync(stamp) && statSync(stamp).mtimeMs > statSync(fileURLToPath(import.meta.url)).mtimeMs) return
  const { imports, exports, texts } = read(modules)
  const divided = divide(imports, texts)
  const packOf = new Map()
  for (const [pack, members] of divided) {
    for (const module of members) packOf.set(module, pack)
  }
  /** What a pack calls what a module exports: as the first of its modules does. By these names functions travel, too. */
  const inPack = (module, name) => {
    const from = exports.get(module).get(name)
    if (from.module !== module && packOf.get(from.module) === packOf.get(module)) return inPack(from.module, from.name)
    return `'${module}#${name}'`
  }
  /** The file of the pack that a module is in, from a folder. */
  const packFrom = (module, folder) => JSON.stringify(relativeUrl(folder, `packs/${packOf.get(module)}.js`))
  /** A module that has gone into a pack, as a folder sees it. */
  const faceOf = (module, folder) => {
    const list = [...exports.get(module).keys()].map((name) => `${inPack(module, name)} as ${name}`)
    return list.length > 0
      ? `export { ${list.join(', ')} } from ${packFrom(module, folder)}`
      : `import ${packFrom(module, folder)}`
  }
  /** A module on its own, which takes what it imports out of the packs at once. */
  const aloneOf = (module) =>
    texts.get(module).replace(STATEMENT, (statement, word, what, _quote, path) => {
      const from = posix.join(posix.dirname(module), path)
      if (!path.startsWith('.') || !packOf.has(from)) return statement
      const list = /^\{([^}]*)\}$/.exec(what ?? '')
      // A module as a whole is what its face is.
      if (!list) return what === undefined ? `import ${packFrom(from, posix.dirname(module))}` : statement
      const names = namesIn(list[1]).map(({ name, as }) => {
        if (exports.get(from).has(name)) return `${inPack(from, name)} as ${as}`
        throw new Error(`scripts/pack.mjs: ${module} imports ${name}, which ${from} does not export`)
      })
      return `${word} { ${names.join(', ')} } from ${packFrom(from, posix.dirname(module))}`
    })

  checkCircles(imports, packOf)
  rmSync(packs, { recursive: true, force: true })
  mkdirSync(packs, { recursive: true })
  await bundle({ divided, packOf, exports, texts, faceOf, inPack })
  for (const module of modules) {
    const text = packOf.has(module) ? faceOf(module, posix.dirname(module)) : aloneOf(module)
    writeIfOther(join(src, module), `${text.trimEnd()}\n${MARK}`)
  }
  writeFileSync(stamp, '')
}

/** Writes the packs. */
async function bundle({ divided, packOf, exports, texts, faceOf, inPack }) {
  const { build } = await import('esbuild')
  const contentsOf = (pack) =>
    divided
      .get(pack)
      .map((module) => {
        const own = [...exports.get(module).keys()].filter((name) => inPack(module, name) === `'${module}#${name}'`)
        const list = own.map((name) => `${name} as '${module}#${name}'`)
        return list.length > 0 ? `export { ${list.join(', ')} } from './${module}'` : `import './${module}'`
      })
      .join('\n')
  const moduleAt = (path) => toPosix(relative(plain, path))
  const plugin = {
    name: 'packs',
    setup(on) {
      on.onResolve({ filter: /^pack:/ }, ({ path }) => ({ path: path.slice(5), namespace: 'pack' }))
      on.onLoad({ filter: /.*/, namespace: 'pack' }, ({ path }) => ({ contents: contentsOf(path), resolveDir: plain }))
      on.onResolve({ filter: /^\.\.?\// }, ({ path, kind, importer, namespace, resolveDir }) => {
        // What a face hands out.
        if (namespace === 'face') return { path, external: true }
        const module = moduleAt(join(resolveDir, path))
        if (kind !== 'import-statement') return { path: relativeUrl('packs', module), external: true }
        if (!packOf.has(module)) return { path: relativeUrl('packs', module), external: true }
        const own = namespace === 'pack' ? importer : packOf.get(moduleAt(importer))
        return packOf.get(module) === own ? { path: join(plain, module) } : { path: module, namespace: 'face' }
      })
      on.onLoad({ filter: /.*/, namespace: 'face' }, ({ path }) => ({ contents: faceOf(path, 'packs'), resolveDir: plain }))
      on.onLoad({ filter: /\.js$/ }, ({ path }) => {
        const module = moduleAt(path)
        const text = texts.get(module)
        const resolveDir = dirname(path)
        if (!text.includes('import.meta.url')) return { contents: text, resolveDir }
        const address = `new URL('${relativeUrl('packs', module)}', addressOfPack).href`
        // On the same line, so that lines stay where source maps have them.
        return { contents: `const addressOfModule = ${address}; ${text}`, resolveDir }
      })
    },
  }
  const { outputFiles } = await build({
    entryPoints: [...divided.keys()].map((pack) => ({ in: `pack:${pack}`, out: pack })),
    outdir: packs,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    packages: 'external',
    sourcemap: true,
    sourcesContent: false,
    define: { 'import.meta.url': 'addressOfModule' },
    banner: { js: 'const addressOfPack = import.meta.url' },
    logLevel: 'warning',
    write: false,
    plugins: [plugin],
  })
  for (const { path, text } of outputFiles) writeFileSync(path, path.endsWith('.js') ? withClassNames(path, text) : text)
}

/** A class that refers to itself becomes `var Name = class _Name …`, and would be called so: the inner name may be the outer one. */
function withClassNames(path, text) {
  const inner = new Set()
  for (const [, outer, name] of text.matchAll(/\bvar (\w+) = class (_\w+)/g)) {
    if (name !== `_${outer}`) throw new Error(`scripts/pack.mjs: ${path} has two classes ${name.slice(1)}: give one another name`)
    inner.add(name)
  }
  return text.replace(/\b_[A-Z]\w*/g, (name) => (inner.has(name) ? name.slice(1) : name))
}

/** A module that is in no pack must not stand between two of the same one. */
function checkCircles(imports, packOf) {
  const nodeOf = (module) => packOf.get(module) ?? module
  const edges = new Map()
  for (const [module, others] of imports) {
    const node = nodeOf(module)
    edges.set(node, new Set([...(edges.get(node) ?? []), ...others.map(nodeOf).filter((other) => other !== node)]))
  }
  const done = new Set()
  const visit = (node, path) => {
    if (path.includes(node))
      throw new Error(`scripts/pack.mjs: a circle: ${[...path.slice(path.indexOf(node)), node].join(' → ')}`)
    if (done.has(node)) return
    for (const other of edges.get(node) ?? []) visit(other, [...path, node])
    done.add(node)
  }
  for (const node of edges.keys()) visit(node, [])
}

function writeIfOther(path, text) {
  if (readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
}

function relativeUrl(folder, module) {
  const path = posix.relative(folder, module)
  return path.startsWith('.') ? path : `./${path}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await pack()
