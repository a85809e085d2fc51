import { describe } from '../base/index.js'
import { TransferError } from './errors.js'
import type { Untransferable } from './errors.js'
import { functionLocation } from './location.js'

type Variables = ReadonlyMap<object, readonly (readonly [name: string, value: unknown])[]>
type AnyFunction = (...args: never[]) => unknown

interface Step {
  readonly value: unknown
  readonly label: string
  readonly from: Step | undefined
}

/** Where the search for a path gives up. */
const mostSteps = 1_000_000

/** The error for a value that cannot travel: the function or the value that was sent, what is wrong, what to do, the path. */
export function refusal(
  problem: Untransferable,
  root: unknown,
  subject: string | undefined,
  variables: Variables,
): TransferError {
  const name = subject ?? (typeof root === 'function' ? nameOf(root as AnyFunction) : 'the value')
  const steps = pathTo(root, name, problem.at, variables)
  const holder = steps.findLast((s) => typeof s.value === 'function')
  const what = holder === undefined ? name : described(holder.value as AnyFunction, holder)
  const last = steps.at(-1)
  let reason: string
  if (last?.value === problem.at && last === (holder ?? steps[0]))
    reason = problem.clause ? `it ${problem.message}` : `it is ${problem.message}`
  else {
    const first = steps[steps.indexOf(holder ?? steps[0]!) + 1]
    const where = holder === undefined ? 'it' : `its variable "${first?.label ?? ''}"`
    reason = `${where} ${problem.clause ? problem.message : `holds ${problem.message}`}`
  }
  const advice = problem.advice === '' ? '' : ` ${problem.advice}`
  const route = steps.length > 1 ? ` (reached through: ${steps.map((s) => s.label).join(' -> ')})` : ''
  return new TransferError(`Cannot send ${what}: ${reason}.${advice}${route}`)
}

function described(fn: AnyFunction, { from, label }: Step): string {
  const place = functionLocation(fn)
  const kind = /^class\b/.test(Function.prototype.toString.call(fn)) ? 'class' : 'function'
  // A function without a name is known by the variable that holds it.
  const name = fn.name === '' && typeof from?.value === 'function' ? label : nameOf(fn)
  return `${kind} ${name}${place === undefined ? '' : ` at ${place.file}:${place.line}:${place.column}`}`
}

function nameOf(fn: AnyFunction): string {
  return typeof fn.name === 'string' && fn.name !== '' ? fn.name : '(anonymous)'
}

/** The shortest way from the root to what cannot travel. */
function pathTo(root: unknown, name: string, target: unknown, variables: Variables): Step[] {
  const queue: Step[] = [{ value: root, label: name, from: undefined }]
  const seen = new Set<unknown>([root])
  for (let i = 0; i < queue.length && i < mostSteps; i++) {
    const step = queue[i]!
    if (step.value === target) return unwind(step)
    for (const [label, value] of parts(step.value, variables)) {
      if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
        if (seen.has(value)) continue
        seen.add(value)
      } else if (value !== target) continue
      queue.push({ value, label, from: step })
    }
  }
  return [queue[0]!]
}

function unwind(step: Step): Step[] {
  const steps: Step[] = []
  for (let s: Step | undefined = step; s !== undefined; s = s.from) steps.unshift(s)
  return steps
}

function* parts(value: unknown, variables: Variables): Generator<readonly [string, unknown]> {
  if (typeof value === 'function') {
    yield* variables.get(value) ?? []
    const parent = Object.getPrototypeOf(value) as unknown
    if (typeof parent === 'function' && parent !== Function.prototype) yield [`extends ${nameOf(parent as AnyFunction)}`, parent]
    const prototype: unknown = (value as { prototype?: unknown }).prototype
    if (typeof prototype === 'object' && prototype !== null) yield* properties(prototype)
  }
  if (typeof value !== 'object' && typeof value !== 'function') return
  if (value === null || ArrayBuffer.isView(value)) return
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield [`[${i}]`, value[i]]
    return
  }
  if (value instanceof Map) {
    for (const [key, item] of value as Map<unknown, unknown>) {
      yield [`key ${describe(key)}`, key]
      yield [`get(${describe(key)})`, item]
    }
  } else if (value instanceof Set) {
    for (const item of value as Set<unknown>) yield ['member', item]
  }
  yield* properties(value)
  const made: unknown = (Object.getPrototypeOf(value) as { constructor?: unknown } | null)?.constructor
  if (typeof made === 'function' && typeof value === 'object') yield [`class ${made.name}`, made]
}

function* properties(of: object): Generator<readonly [string, unknown]> {
  for (const key of Object.getOwnPropertyNames(of)) {
    const descriptor = Object.getOwnPropertyDescriptor(of, key)!
    if (key !== 'constructor' && key !== 'prototype') yield [key, descriptor.value ?? descriptor.get]
  }
}
