import { builtinModules, createRequire } from 'node:module'
import { intrinsicAt, intrinsicPath } from './intrinsics.js'
import type { ModuleReference } from './module-reference.js'

/** A value that every thread has, or can import: what is sent is its name. */
export type Known = { readonly intrinsic: string } | ModuleReference

const decoded = new WeakMap<object, ModuleReference>()

/** Remembers where a value came from, so that it goes on by name. */
export function rememberModuleValue(value: unknown, reference: ModuleReference): void {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') decoded.set(value, reference)
}

/** The module value that arrived here by name. */
export function decodedReference(value: object): ModuleReference | undefined {
  return decoded.get(value)
}

/** The name of an object or function that is part of JavaScript, of Node, or was imported when it arrived here. */
export function knownObject(value: object): Known | undefined {
  const reference = decoded.get(value)
  if (reference !== undefined) return reference
  const path = intrinsicPath(value)
  // What another thread could not find by this path (an object that the program made in the meantime) is not known.
  if (path !== undefined && intrinsicAt(path) !== undefined) return { intrinsic: path }
  return builtinReference(value)
}

const builtins = new Map<object, ModuleReference>()
let modulesSeen = -1
const getters: readonly [string, string][] = [
  ['fs', 'promises'],
  ['crypto', 'webcrypto'],
]

/** The module and name of something that a `node:` module exports. */
export function builtinReference(value: object): ModuleReference | undefined {
  const known = builtins.get(value)
  if (known !== undefined) return known
  const { length } = moduleLoadList() ?? []
  if (length === modulesSeen) return undefined
  modulesSeen = length
  for (const name of loadedBuiltins()) addModule(name)
  return builtins.get(value)
}

/** The module itself, loaded if need be. */
export function builtinModule(specifier: string): unknown {
  const get = (process as { getBuiltinModule?: (id: string) => unknown }).getBuiltinModule
  return get === undefined ? createRequire(import.meta.url)(specifier) : get(specifier)
}

function addModule(name: string): void {
  const specifier = `node:${name}`
  const exported = builtinModule(specifier)
  add(exported, specifier, [])
  if ((typeof exported !== 'object' && typeof exported !== 'function') || exported === null) return
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(exported))) {
    const member: unknown = getters.some(([m, k]) => m === name && k === key) ? (exported as Record<string, unknown>)[key] : value
    add(member, specifier, [key])
    if (typeof member !== 'object' || member === null) continue
    for (const [inner, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(member)))
      add(descriptor.value, specifier, [key, inner])
  }
}

function add(value: unknown, specifier: string, path: readonly string[]): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || builtins.has(value)) return
  // Objects that belong to this thread only (process, console) have names of their own.
  if (intrinsicPath(value) === undefined) builtins.set(value, { kind: 'builtin', specifier, export: path.join('.') || '*' })
}

/** Public modules of Node that the program has loaded: only from them can it have a value. Loading all would cost 50 ms. */
function loadedBuiltins(): readonly string[] {
  const list = moduleLoadList()
  const loaded = list === undefined ? undefined : new Set(list)
  return builtinModules.filter((name) => !name.startsWith('_') && (loaded === undefined || loaded.has(`NativeModule ${name}`)))
}

function moduleLoadList(): readonly string[] | undefined {
  return (process as { moduleLoadList?: readonly string[] }).moduleLoadList
}
