import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { classId } from './class-registry.js'
import type { FunctionCode } from './code-table.js'
import type { Encoder } from './encoder.js'
import { Untransferable } from './errors.js'
import { tag } from './format.js'
import { importMeta, planOf } from './function-code.js'
import type { AnyFunction, Plan, Variable } from './function-code.js'
import { functionFacts } from './function-facts.js'
import { originOf } from './function-origin.js'
import { bindingReference } from './import-reference.js'
import { Inspector } from './inspector.js'
import type { ScopeObject } from './inspector.js'
import type { Class } from './instance-kind.js'
import { intrinsicPath, isNative } from './intrinsics.js'
import { decodedReference, knownObject } from './known-values.js'
import type { Known } from './known-values.js'
import { libraryReference } from './library-reference.js'
import { functionLocation } from './location.js'
import { taskReference } from './module-reference.js'
import type { ModuleReference } from './module-reference.js'
import { SharedVariables } from './shared-variables.js'
import { encodeMembers, encodePrototype } from './member-encoder.js'

const largeCapture = 10 * 2 ** 20

/** What is known of a function object for good: it goes by name, or it is a closure of this plan. */
type Capture = { readonly plan: Plan } | { readonly reference: ModuleReference }
const captures = new WeakMap<object, Capture>()
const internal = new WeakMap<object, boolean>()
const warned = new WeakSet<FunctionCode>()

/** The functions of one payload. Connects to the inspector once, and only for closures that were not seen before. */
export class FunctionEncoder {
  /** The variables of the functions that were written, by name: for the path in an error message. */
  readonly variables = new Map<object, [name: string, value: unknown][]>()
  readonly #encoder: Encoder
  readonly #inspector = new Inspector()
  readonly #shared = new SharedVariables()
  #depth = 0
  #isConstant = true

  constructor(encoder: Encoder) {
    this.#encoder = encoder
  }

  write(fn: AnyFunction): void {
    const named = taskReference(fn) ?? decodedReference(fn)
    if (named !== undefined) {
      this.#reference(named)
      return
    }
    const before = this.#encoder.out.size
    this.#depth++
    this.#byValue(fn)
    this.#depth--
    const size = this.#encoder.out.size - before
    if (this.#depth === 0 && size > largeCapture) this.#warn(fn, size)
  }

  known(known: Known): void {
    if ('intrinsic' in known) {
      this.#encoder.out.byte(tag.intrinsic)
      this.#encoder.out.string(known.intrinsic)
    } else this.#reference(known)
  }

  /** Writes an object that every thread has, or that was imported when it arrived here. */
  knownObject(value: object): boolean {
    const known = knownObject(value)
    if (known !== undefined) this.known(known)
    return known !== undefined
  }

  /** Writes an object that was imported when it arrived here. */
  decoded(value: object): boolean {
    const reference = decodedReference(value)
    if (reference !== undefined) this.#reference(reference)
    return reference !== undefined
  }

  /** Members of a module that is not installed elsewhere. */
  namespace(value: Record<string, unknown>, members: readonly string[]): void {
    const { out } = this.#encoder
    out.byte(tag.namespace)
    out.unsigned(members.length)
    for (const member of members) {
      out.string(member)
      this.#encoder.value(value[member])
    }
  }

  /** True for functions of JavaScript and Node themselves. */
  isInternal(fn: Class | AnyFunction): boolean {
    let answer = internal.get(fn)
    if (answer === undefined) {
      if (isNative(fn)) answer = !fn.name.startsWith('bound ')
      else if (originOf(fn) !== undefined) answer = false
      else answer = intrinsicPath(fn) !== undefined || this.#isNodes(fn)
      internal.set(fn, answer)
    }
    return answer
  }

  /** False for functions of the program: what goes by name, what came from elsewhere, and what has its code in a file. */
  mayBeBuiltIn(fn: object): boolean {
    if (isNative(fn)) return true
    if (captures.has(fn) || taskReference(fn) !== undefined || originOf(fn) !== undefined) return false
    return decodedReference(fn) !== undefined || this.#isNodes(fn)
  }

  /** True if nothing was captured but what travels by name: the payload of a function will be the same next time. */
  get isConstant(): boolean {
    return this.#isConstant
  }

  /** To be called when everything is written and the inspector still at hand. */
  finish(): void {
    this.#shared.finish(this.#encoder.code, this.#inspector)
  }

  close(): void {
    this.#inspector.close()
  }

  #isNodes(fn: object): boolean {
    const site = this.#inspector.site(fn)
    return site !== undefined && this.#inspector.script(site.scriptId).url.startsWith('node:')
  }

  #byValue(fn: AnyFunction): void {
    const origin = originOf(fn)
    if (origin !== undefined) {
      const values = origin.values()
      this.variables.set(
        fn,
        origin.code.variables.map((name, index) => [name, values[index]]),
      )
      this.#shared.addOrigin(fn, origin)
      this.#closure(fn, origin.code, (index) => this.#plain(values[index]))
      return
    }
    const seen = captures.get(fn)
    if (seen !== undefined && 'reference' in seen) {
      this.#reference(seen.reference)
      return
    }
    if (seen !== undefined && seen.plan.code.variables.length === 0) {
      this.#closure(fn, seen.plan.code, () => undefined)
      return
    }
    const text = Function.prototype.toString.call(fn)
    if (isNative(fn)) this.#native(fn)
    else this.#capture(fn, text)
  }

  #capture(fn: AnyFunction, text: string): void {
    const { site, scopes } = this.#inspector.look(fn)
    if (site === undefined) throw new Untransferable('has no place in a script', 'Define it in a file.', fn)
    const { url } = this.#inspector.script(site.scriptId)
    if (url.startsWith('node:')) {
      this.#nodeFunction(fn)
      return
    }
    const library = libraryReference(fn, text, site, this.#inspector)
    if (library !== undefined) {
      captures.set(fn, { reference: library })
      this.#reference(library)
      return
    }
    const plan = planOf(fn, text, site, scopes, this.#inspector)
    captures.set(fn, { plan })
    const values = plan.variables.map((v) => (v.name === importMeta ? metaOf(plan) : valueIn(scopes, v.name)))
    this.variables.set(
      fn,
      plan.variables.map((v, index) => [v.name, values[index]]),
    )
    this.#shared.add(fn, plan)
    this.#closure(fn, plan.code, (index) => this.#variable(plan, plan.variables[index]!, values[index]))
  }

  #closure(fn: AnyFunction, code: FunctionCode, variable: (index: number) => void): void {
    const encoder = this.#encoder
    const { out } = encoder
    const index = encoder.code.function(code)
    const writeVariables = (): void => {
      for (let i = 0; i < code.variables.length; i++) variable(i)
    }
    if (code.form !== 'class') {
      out.byte(tag.function)
      out.unsigned(index)
      writeVariables()
      encoder.properties(fn)
      encodePrototype(encoder, fn)
      return
    }
    out.byte(tag.class)
    out.unsigned(index)
    out.string(encoder.hashing ? '' : classId(fn as unknown as Class))
    if (code.heritage !== undefined) encoder.value(Object.getPrototypeOf(fn))
    if (code.early === true) {
      const name = fn.name
      encoder.closed(fn, `what the static initialisers of class ${name} use holds ${name} itself`, writeVariables)
    } else writeVariables()
    this.#isConstant = false
    const text = Function.prototype.toString.call(fn)
    encodeMembers(encoder, fn.prototype as object, text)
    encodeMembers(encoder, fn, text, functionFacts(text).class?.staticFields)
  }

  #variable(plan: Plan, variable: Variable, value: unknown): void {
    const encoder = this.#encoder
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
      this.#isConstant = false
      encoder.value(value)
      return
    }
    if (variable.name === '__vite_ssr_dynamic_import__') {
      this.#fromFile(tag.dynamicImport, plan.script.path)
      return
    }
    if (
      variable.name === 'require' &&
      typeof value === 'function' &&
      (value as unknown as NodeJS.Require).cache === createRequire(import.meta.url).cache
    ) {
      this.#fromFile(tag.require, plan.script.path)
      return
    }
    const { binding, members } = variable
    if (binding !== undefined && members === undefined) {
      const reference = bindingReference(binding, binding.export, value, plan.script)
      if (reference !== undefined) {
        if (encoder.isNew(value)) this.#reference(reference)
        return
      }
    }
    if (members !== undefined) this.#partOfModule(plan, variable, value as Record<string, unknown>)
    else this.#plain(value)
  }

  /** The used members of a module: those of packages by name, those of the program's own modules by value. */
  #partOfModule(plan: Plan, { binding, members }: Variable, value: Record<string, unknown>): void {
    const encoder = this.#encoder
    // The object that is made there stands for this variable only, but it takes a number like any other.
    encoder.isNew({})
    encoder.out.byte(tag.namespace)
    encoder.out.unsigned(members!.length)
    for (const member of members!) {
      encoder.out.string(member)
      const item = value[member]
      const isObject = (typeof item === 'object' && item !== null) || typeof item === 'function'
      const reference = isObject && binding !== undefined ? bindingReference(binding, member, item, plan.script) : undefined
      if (reference === undefined) this.#plain(item)
      else if (encoder.isNew(item as object)) this.#reference(reference)
    }
  }

  /** A captured value. Unlike a value inside an object it may lead back to a class that is not complete yet. */
  #plain(value: unknown): void {
    this.#isConstant = false
    const encoder = this.#encoder
    const number = encoder.isOpen(value) ? encoder.met(value) : undefined
    if (number === undefined) encoder.value(value)
    else encoder.again(number)
  }

  #native(fn: AnyFunction): void {
    if (this.knownObject(fn)) return
    const bound = fn.name.startsWith('bound ') ? this.#inspector.bound(fn) : undefined
    if (bound === undefined) {
      throw new Untransferable(
        'is native code (or a Proxy) that other threads cannot find by name',
        'Call it in a function of your own.',
        fn,
      )
    }
    this.#isConstant = false
    const encoder = this.#encoder
    this.variables.set(fn, [
      ['bound function', bound.target],
      ['bound this', bound.self],
      ['bound arguments', bound.args],
    ])
    encoder.out.byte(tag.boundFunction)
    encoder.closed(fn, 'what a bound function is bound to holds the bound function itself', () => {
      encoder.value(bound.target)
      encoder.value(bound.self)
      encoder.value(bound.args)
    })
  }

  #nodeFunction(fn: AnyFunction): void {
    if (this.knownObject(fn)) return
    throw new Untransferable('is a function inside Node that no module exports', 'Make it inside the function that uses it.', fn)
  }

  #fromFile(as: number, path: string): void {
    this.#encoder.isNew({})
    this.#encoder.out.byte(as)
    this.#encoder.out.string(path)
  }

  #reference(reference: ModuleReference): void {
    this.#encoder.out.byte(tag.reference)
    this.#encoder.out.unsigned(this.#encoder.code.module(reference))
  }

  #warn(fn: AnyFunction, size: number): void {
    const plan = captures.get(fn)
    const code = originOf(fn)?.code ?? (plan !== undefined && 'plan' in plan ? plan.plan.code : undefined)
    if (code === undefined || warned.has(code)) return
    warned.add(code)
    const place = functionLocation(fn)
    process.emitWarning(
      `function ${fn.name || '(anonymous)'}${place === undefined ? '' : ` at ${place.file}:${place.line}:${place.column}`} captures ` +
        `${(size / 2 ** 20).toFixed(1)} MiB (variables: ${code.variables.join(', ')}), which travel with each task. ` +
        'Put large data on the workers once, with scatter(), and pass it as an argument.',
      { code: 'HEDDLE_LARGE_CAPTURE' },
    )
  }
}

function valueIn(scopes: readonly ScopeObject[], name: string): unknown {
  for (const { description, object } of scopes) if (description !== 'Global' && Object.hasOwn(object, name)) return object[name]
  return undefined
}

function metaOf({ script }: Plan): { url: string; filename: string; dirname: string } {
  return { url: script.url, filename: script.path, dirname: dirname(script.path) }
}
