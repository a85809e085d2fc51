import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { hostname } from 'node:os'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Lazy } from '../base/index.js'
import { dynamicImport } from './dynamic-import.js'
import { TransferError } from './errors.js'
import { builtinModule, rememberModuleValue } from './known-values.js'

/** A value that travels as the name of a module and of its export ('*': the module itself; 'a.b': a member). */
export type ModuleReference =
  /** part of Node */
  | { readonly kind: 'builtin'; readonly specifier: string; readonly export: string }
  /** imported by a file of the program */
  | { readonly kind: 'import' | 'require'; readonly specifier: string; readonly from: string; readonly export: string }
  /** a file of an installed package */
  | { readonly kind: 'package'; readonly name: string; readonly path: string; readonly root: string; readonly export: string }
  /** a file of Heddle itself, relative to its folder of compiled modules */
  | { readonly kind: 'heddle'; readonly path: string; readonly export: string }
  /** a task module of the program */
  | { readonly kind: 'task'; readonly url: string; readonly relative: string; readonly hash: string; readonly export: string }

/** The folder of Heddle's compiled modules: dist/src/. */
const heddleRoot = new URL('../', import.meta.url).href

interface Task {
  readonly url: string
  readonly name: string
}
const tasks = new WeakMap<object, Task>()
/** What `task` registered in this thread, by module and name: decoding needs no import for them. */
const registered = new Map<string, object>()
const taskModules = new Set<string>()
/** What functions of Heddle need before they are called. */
const codeOfTask = new WeakMap<object, Lazy<object>>()
const modules = new Map<string, Record<string, unknown>>()
const hashes = new Map<string, string>()

/**
 * Declares a function of a module that workers can import: it travels as the module's URL, its exported name and a hash
 * of the file, instead of by value. Gives the function back.
 *
 * @param url `import.meta.url` of the module
 * @param name the name under which the module exports the function
 * @example
 * ```ts
 * export const resize = task(import.meta.url, 'resize', (image: Image, width: number) => image.scale(width))
 * ```
 */
export function task<F extends (...args: never[]) => unknown>(url: string, name: string, fn: F): F {
  return register(url, name, fn)
}

/**
 * Declares a function or class of one of Heddle's own modules, as `task` does for those of a program: the name of the module is
 * then relative to where Heddle is installed, so that every host finds its own copy.
 */
export function operation<F extends ((...args: never[]) => unknown) | (new (...args: never[]) => object)>(
  url: string,
  name: string,
  fn: F,
): F {
  return register(url, name, fn)
}

function register<F extends object>(url: string, name: string, fn: F): F {
  tasks.set(fn, { url, name })
  registered.set(`${moduleId(url)}#${name}`, fn)
  taskModules.add(url)
  return fn
}

/**
 * Declares a task function of Heddle whose code is loaded where its tasks run, before the first of them: by `prepare`, with
 * what else their payload refers to, or by `loadCode`.
 *
 * @param run is called with the code and what the task function is called with
 * @example
 * const sorting = lazily(() => import(…)) // of ./sort-chunk.js
 * export const sortChunk = lazyOperation(import.meta.url, 'sortChunk', sorting, (code, [chunk]: readonly Chunk[]) => code.sorted(chunk!))
 */
export function lazyOperation<Code extends object, A extends readonly unknown[], R>(
  url: string,
  name: string,
  lazy: Lazy<Code>,
  run: (code: Code, ...args: A) => R,
): (...args: A) => R {
  const fn = (...args: A): R => run(lazy.code, ...args)
  needsCode(fn, lazy)
  return register(url, name, fn)
}

/** Has code loaded before somebody is given this function or class (see `prepare`): it may be called at once. */
export function needsCode(fn: object, lazy: Lazy<object>): void {
  codeOfTask.set(fn, lazy)
}

/** Loads the code of a task function; undefined: it is there, or there is none. */
export function loadCode(fn: object): Promise<void> | undefined {
  return codeOfTask.get(fn)?.load()
}

/** True if the program declared tasks in this module. */
export function isTaskModule(url: string): boolean {
  return taskModules.has(url)
}

export function taskReference(fn: object): ModuleReference | undefined {
  const found = tasks.get(fn)
  return found && moduleExport(found.url, found.name)
}

/** The reference to an export of a task module, or of a module of Heddle. */
export function moduleExport(url: string, name: string): ModuleReference {
  const path = heddlePath(url)
  if (path !== undefined) {
    const own = unpacked(path, name)
    return { kind: 'heddle', path: own.path, export: own.name }
  }
  const file = url.startsWith('file:') ? fileURLToPath(url) : undefined
  return {
    kind: 'task',
    url,
    relative: file === undefined ? '' : relative(process.cwd(), file),
    hash: fileHash(file),
    export: name,
  }
}

/** The path of one of Heddle's own modules; undefined for those of others. */
export function heddlePath(url: string): string | undefined {
  return url.startsWith(heddleRoot) ? url.slice(heddleRoot.length) : undefined
}

/**
 * What a pack of modules has (scripts/pack.mjs) goes by the module that it came from, `lanes/lane.js#startThread`, since that is
 * where others find it.
 */
function unpacked(path: string, name: string): { readonly path: string; readonly name: string } {
  const at = name.indexOf('.js#')
  if (at < 0) return { path, name }
  return { path: join(dirname(path), '..', name.slice(0, at + 3)).replaceAll(sep, '/'), name: name.slice(at + 4) }
}

/** The reference to a file that lies in node_modules; undefined for other files. */
export function packageFile(path: string, name: string): ModuleReference | undefined {
  const mark = `${sep}node_modules${sep}`
  const at = path.lastIndexOf(mark)
  if (at < 0) return undefined
  const rest = path.slice(at + mark.length).split(sep)
  const parts = rest[0]!.startsWith('@') ? 2 : 1
  const own = unpacked(rest.slice(parts).join('/'), name)
  return {
    kind: 'package',
    name: rest.slice(0, parts).join('/'),
    path: own.path,
    root: path.slice(0, at + mark.length) + rest.slice(0, parts).join(sep),
    export: own.name,
  }
}

/** The name under which a CommonJS module that is loaded exports a value ('*': it is the module itself). */
export function commonJsExport(path: string, value: unknown, name: string): string | undefined {
  const loaded = createRequire(import.meta.url).cache[path]
  if (loaded === undefined) return undefined
  const exported: unknown = loaded.exports
  if (exported === value) return '*'
  if ((typeof exported !== 'object' && typeof exported !== 'function') || exported === null) return undefined
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(exported))) {
    if (descriptor.value === value) return key
    // Compilers export through getters; of those only the one that can be meant is called.
    if (
      descriptor.get !== undefined &&
      (key === name || key === 'default') &&
      (exported as Record<string, unknown>)[key] === value
    )
      return key
  }
  return undefined
}

/** The value in this thread. @throws TransferError if its module was not prepared or lacks the export */
export function resolveReference(reference: ModuleReference): unknown {
  const value = find(reference)
  rememberModuleValue(value, reference)
  return value
}

/** True if `resolveReference` needs an import first. */
export function needsImport(reference: ModuleReference): boolean {
  if (reference.kind === 'builtin' || reference.kind === 'require') return false
  const own = registered.get(registrationKey(reference))
  return own === undefined ? !modules.has(cacheKey(reference)) : codeOfTask.get(own)?.isLoaded === false
}

/** Imports the module of a reference and the code of the function that it means, so that it resolves from now on. */
export async function importReference(reference: ModuleReference): Promise<void> {
  const key = cacheKey(reference)
  let loaded: Record<string, unknown>
  try {
    loaded = await importerFor(reference)()
    const own = registered.get(registrationKey(reference))
    if (own !== undefined) await loadCode(own)
  } catch (error) {
    throw new TransferError(
      `${named(reference)}, of which ${exportName(reference)} is needed, cannot be imported on ${hostname()}: ${messageOf(error)}. Install it there.`,
      { cause: error },
    )
  }
  modules.set(key, loaded)
  if (reference.kind === 'task' && reference.hash !== '') {
    const here = taskFile(reference)
    const hash = here === undefined ? '' : fileHash(here)
    if (hash !== reference.hash) {
      modules.delete(key)
      throw new TransferError(
        `${named(reference)} is not the same file on ${hostname()} as where it was sent from. Deploy one version.`,
      )
    }
  }
}

function find(reference: ModuleReference): unknown {
  if (reference.kind === 'builtin') return member(builtinModule(reference.specifier), reference)
  if (reference.kind === 'require') {
    try {
      return member(createRequire(localFile(reference.from))(reference.specifier), reference)
    } catch (error) {
      if (error instanceof TransferError) throw error
      throw new TransferError(
        `${named(reference)}, of which ${exportName(reference)} is needed, cannot be loaded on ${hostname()}: ${messageOf(error)}. Install it there.`,
        { cause: error },
      )
    }
  }
  const own = registered.get(registrationKey(reference))
  if (own !== undefined) return own
  const loaded = modules.get(cacheKey(reference))
  if (loaded === undefined) {
    throw new TransferError(
      `${named(reference)}, of which ${exportName(reference)} is needed, is not loaded on ${hostname()}. Await prepare(bytes) before decode(bytes).`,
    )
  }
  return member(loaded, reference)
}

function member(module: unknown, reference: ModuleReference): unknown {
  if (reference.export === '*') return module
  let value = module
  for (const step of reference.export.split('.')) {
    const holder = value as Record<string, unknown> | null | undefined
    // Function.prototype has no members that a module would export; the module object itself may be a function.
    if (holder === null || holder === undefined || !(step in Object(holder))) {
      throw new TransferError(
        `${named(reference)} has no export ${JSON.stringify(reference.export)} on ${hostname()}. Export it, or deploy the same version there.`,
      )
    }
    value = holder[step]
  }
  return value
}

function exportName(reference: ModuleReference): string {
  return reference.export === '*' ? 'all' : JSON.stringify(reference.export)
}

/** The first line: the rest of Node's messages is a stack of `require`. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!
}

/** A reference in words. */
export function named(reference: ModuleReference): string {
  switch (reference.kind) {
    case 'package':
      return `The module ${reference.name}/${reference.path}`
    case 'heddle':
      return `The module heddle:${reference.path}`
    case 'task':
      return `The task module ${reference.url}`
    default:
      return `The module ${reference.specifier}`
  }
}

function registrationKey(reference: ModuleReference): string {
  if (reference.kind === 'heddle') return `heddle:${reference.path}#${reference.export}`
  return reference.kind === 'task' ? `${reference.url}#${reference.export}` : ''
}

function moduleId(url: string): string {
  const path = heddlePath(url)
  return path === undefined ? url : `heddle:${path}`
}

function cacheKey(reference: ModuleReference): string {
  return JSON.stringify({ ...reference, export: '' })
}

type Importer = () => Promise<Record<string, unknown>>

function importerFor(reference: ModuleReference): Importer {
  switch (reference.kind) {
    case 'heddle':
      return () => import(new URL(reference.path, heddleRoot).href) as Promise<Record<string, unknown>>
    case 'task': {
      const file = taskFile(reference)
      return () => import(file === undefined ? reference.url : pathToFileURL(file).href) as Promise<Record<string, unknown>>
    }
    case 'package':
      return packageImporter(reference)
    case 'builtin':
      throw new Error('modules of Node are not imported but loaded')
    default:
      return () => dynamicImport(localFile(reference.from))(reference.specifier) as Promise<Record<string, unknown>>
  }
}

function packageImporter(reference: ModuleReference & { kind: 'package' }): Importer {
  const root = [reference.root, ...nodeModules().map((folder) => join(folder, reference.name))].find((r) =>
    existsSync(join(r, reference.path)),
  )
  if (root === undefined) throw new Error(`no folder node_modules here has ${reference.name}/${reference.path}`)
  const file = join(root, reference.path)
  return async () => {
    const loaded = (await import(pathToFileURL(file).href)) as Record<string, unknown>
    // The exports of CommonJS are what `require` gives: import() shows some of them only, and wraps the rest.
    return (createRequire(file).cache[file]?.exports as Record<string, unknown> | undefined) ?? loaded
  }
}

/** The folders in which this process finds packages. */
function nodeModules(): string[] {
  const require = createRequire(join(process.cwd(), 'x.js'))
  return [...(require.resolve.paths('x') ?? []), ...(createRequire(import.meta.url).resolve.paths('x') ?? [])]
}

/** The file from which names are looked up: the sender's, or one in the working directory where that does not exist. */
export function localFile(from: string): string {
  const path = from.startsWith('file:') ? fileURLToPath(from) : from
  return isAbsolute(path) && existsSync(dirname(path)) ? path : join(process.cwd(), 'heddle.js')
}

function taskFile(reference: ModuleReference & { kind: 'task' }): string | undefined {
  if (!reference.url.startsWith('file:')) return undefined
  const file = fileURLToPath(reference.url)
  if (existsSync(file) || reference.relative === '') return file
  const here = resolve(process.cwd(), reference.relative)
  return existsSync(here) ? here : file
}

function fileHash(file: string | undefined): string {
  if (file === undefined) return ''
  let hash = hashes.get(file)
  if (hash === undefined) {
    hash = existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 32) : ''
    hashes.set(file, hash)
  }
  return hash
}
