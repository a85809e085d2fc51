import { types } from 'node:util'
import type { FunctionCode } from './code-table.js'
import { Untransferable } from './errors.js'
import { functionFacts } from './function-facts.js'
import type { FunctionFacts } from './function-facts.js'
import type { Inspector, ScopeObject, Site } from './inspector.js'
import { isStandardGlobal } from './intrinsics.js'
import { Lru } from './lru.js'
import { scriptOf } from './script.js'
import type { Script } from './script.js'
import type { ImportBinding } from './script-imports.js'

export type AnyFunction = (...args: never[]) => unknown

/** A variable that a function captures. */
export interface Variable {
  readonly name: string
  /** what it was imported as, if it was */
  readonly binding: ImportBinding | undefined
  /** only these members of a module are used */
  readonly members: readonly string[] | undefined
  /** the function assigns to it */
  readonly assigned: boolean
}

/** A function as it is written at one place of a file, and what must be read of each closure made there. */
export interface Plan {
  readonly code: FunctionCode
  readonly facts: FunctionFacts
  readonly variables: readonly Variable[]
  readonly script: Script
  readonly site: Site
}

/** Stands in the text for `import.meta`, which is allowed in modules only; equally long, so that columns stay right. */
export const importMeta = '$importmeta'
const heritageName = '$heritage'

const plans = new Lru<string, Plan>(2000)

/**
 * The plan for a function of the program.
 * @throws Untransferable for what its text shows that no other thread could have
 */
export function planOf(fn: AnyFunction, text: string, site: Site, scopes: readonly ScopeObject[], inspector: Inspector): Plan {
  const key = `${site.scriptId}:${site.line}:${site.column}:${text.length}`
  const known = plans.get(key)
  if (known !== undefined && known.code.name === nameOf(fn)) return known
  const facts = factsOf(fn, text)
  refuse(fn, facts)
  const script = scriptOf(inspector, site.scriptId)
  const variables: Variable[] = []
  let complete = true
  for (const use of facts.needs.free.values()) {
    if (use.name === facts.class?.heritage?.name) continue
    const scope = scopes.find((s) => s.description !== 'Global' && Object.hasOwn(s.object, use.name))
    if (scope === undefined) {
      if (use.computed && !(use.name in globalThis)) {
        throw new Untransferable(
          `uses the variable "${use.name}" in a computed member name, which nobody can read afterwards`,
          'Give the member a plain name.',
          fn,
        )
      }
      if (use.name in globalThis && !isStandardGlobal(use.name) && !isNodeGlobal(use.name, inspector)) {
        throw new Untransferable(
          `uses the global "${use.name}", which this program created and other threads do not have`,
          'Copy it to a const first, or import it.',
          fn,
        )
      }
      continue
    }
    const value = scope.object[use.name]
    // A variable whose declaration has not run yet may turn out to be an import.
    if (value === undefined) complete = false
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
    const found = isObject ? script.imports(inspector).get(use.name) : undefined
    const binding = found && script.isTopLevel(inspector, site, use.name) ? found : undefined
    const members = use.members === undefined || !isNamespace(use.name, value, binding) ? undefined : [...use.members]
    variables.push({ name: use.name, binding, members, assigned: use.assigned })
  }
  if (facts.needs.importMeta.length > 0)
    variables.push({ name: importMeta, binding: undefined, members: undefined, assigned: false })
  const heritage = facts.class?.heritage && (facts.class.heritage.name ?? heritageName)
  const early = facts.class !== undefined && variables.some((v) => facts.needs.free.get(v.name)?.early === true)
  const code: FunctionCode = {
    text: portable(text, facts),
    form: facts.form,
    name: nameOf(fn),
    url: script.hasSourceMap ? `${script.info.url}${mappedMark}` : script.info.url,
    ...startOf(text, facts, script, site, inspector),
    sloppy: isSloppy(fn, facts, script, site, inspector),
    variables: variables.map((v) => v.name),
    ...(heritage === undefined ? {} : { heritage }),
    ...(early ? { early } : {}),
  }
  const plan: Plan = { code, facts, variables, script, site }
  if (complete) plans.set(key, plan)
  return plan
}

/** Ends the file name of code whose lines are those of a compiled file: the sender maps them back. */
export const mappedMark = '#heddle'

export function nameOf(fn: AnyFunction): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value
  return typeof name === 'string' ? name : ''
}

function factsOf(fn: AnyFunction, text: string): FunctionFacts {
  try {
    return functionFacts(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Untransferable(`cannot be parsed (${error.message})`, 'Write it as a function, an arrow function or a class.', fn)
  }
}

function refuse(fn: AnyFunction, { needs }: FunctionFacts): void {
  const copy = 'Copy what you need to a const first.'
  if (needs.usesThis) throw new Untransferable('uses the "this" of the code around it', copy, fn)
  if (needs.usesArguments) throw new Untransferable('uses the "arguments" of the code around it', copy, fn)
  if (needs.usesNewTarget) throw new Untransferable('uses the "new.target" of the code around it', copy, fn)
  if (needs.usesSuper)
    throw new Untransferable(
      'uses the "super" of a class or an object around it',
      'Send an instance, or call the inherited function by its name.',
      fn,
    )
  const [name] = needs.outerPrivate
  if (name !== undefined) {
    throw new Untransferable(
      `uses #${name}, a private member of a class outside of its text`,
      'Move it to a public method, or send the class.',
      fn,
    )
  }
  if (needs.callsEval)
    throw new Untransferable('calls eval, which may use any variable', 'Write the code out, or use new Function(...).', fn)
  if (needs.usesWith) throw new Untransferable('uses a "with" statement', 'Name the object whose members you use.', fn)
  const meta = needs.importMeta.find((m) => !['url', 'filename', 'dirname'].includes(m.member ?? ''))
  if (meta !== undefined) {
    throw new Untransferable(`uses import.meta${meta.member === undefined ? '' : `.${meta.member}`}`, copy, fn)
  }
}

/** A newer Node may have globals that the list of standard ones does not know. */
function isNodeGlobal(name: string, inspector: Inspector): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name)
  const value: unknown = descriptor?.get ?? descriptor?.value
  if (typeof value !== 'function') return false
  const site = inspector.site(value)
  return site === undefined || inspector.script(site.scriptId).url.startsWith('node:')
}

/** True for an object that stands for a module: of it only the members that are used travel. */
function isNamespace(name: string, value: unknown, binding: ImportBinding | undefined): boolean {
  if (binding !== undefined) return binding.export === '*'
  if (typeof value !== 'object' || value === null) return false
  if (name === 'exports' || name === '__vite_ssr_import_meta__') return true
  return Object.prototype.toString.call(value) === '[object Module]'
}

/** The text with what only its own file could say replaced by variables. */
function portable(text: string, facts: FunctionFacts): string {
  for (const { start } of facts.needs.importMeta) {
    text = `${text.slice(0, start)}${importMeta}${text.slice(start + importMeta.length)}`
  }
  const heritage = facts.class?.heritage
  if (heritage !== undefined && heritage.name === undefined) {
    const length = heritage.end - heritage.start
    text = text.slice(0, heritage.start) + heritageName.padEnd(length) + text.slice(heritage.end)
  }
  if (facts.computedKey !== undefined) {
    // The value of the name is known: it is the function's own.
    const { start, end } = facts.computedKey
    text = `${text.slice(0, start)}${'f'.padEnd(end - start)}${text.slice(end)}`
  }
  return text
}

function startOf(
  text: string,
  facts: FunctionFacts,
  script: Script,
  site: Site,
  inspector: Inspector,
): { line: number; column: number } {
  const before = text.slice(0, facts.place)
  const lines = before.split('\n').length - 1
  if (lines === 0) return { line: site.line, column: Math.max(0, site.column - facts.place) }
  return script.startOf(inspector, site, text) ?? { line: site.line - lines, column: 0 }
}

function isSloppy(fn: AnyFunction, facts: FunctionFacts, script: Script, site: Site, inspector: Inspector): boolean {
  if (script.info.isModule || facts.class !== undefined) return false
  // Plain functions show it by themselves: only sloppy ones have these properties.
  const generator = types.isGeneratorFunction(fn)
  if (facts.form === 'expression' && !facts.arrow && !generator && Object.hasOwn(fn, 'prototype'))
    return Object.hasOwn(fn, 'caller')
  return script.isSloppy(inspector, site)
}
