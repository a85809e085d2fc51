import { createRequire } from 'node:module'
import { classById, isOwnClass, registerClass } from './class-registry.js'
import type { CodeData, FunctionCode } from './code-table.js'
import type { Decoder } from './decoder.js'
import { dynamicImport } from './dynamic-import.js'
import { TransferError } from './errors.js'
import { tag } from './format.js'
import { factoryOf } from './function-factory.js'
import type { Made } from './function-factory.js'
import { originOf, rememberOrigin } from './function-origin.js'
import type { Class } from './instance-kind.js'
import { intrinsicAt } from './intrinsics.js'
import { accessor, flagBits } from './member-encoder.js'
import { localFile, resolveReference } from './module-reference.js'

type Entry = CodeData['functions'][number]

/** Stands for a class while the variables are read that its static initialisers need. */
class Awaited {
  readonly waiting: (() => void)[] = []
  value: unknown
}

export function decodeFunction(decoder: Decoder, t: number): unknown {
  const source = decoder.in
  switch (t) {
    case tag.function:
      return closure(decoder)
    case tag.class:
      return classOf(decoder)
    case tag.boundFunction: {
      const number = decoder.count()
      const target = decoder.value() as (...args: unknown[]) => unknown
      const self = decoder.value()
      const bound: unknown = target.bind(self, ...(decoder.value() as unknown[]))
      decoder.remember(number, bound)
      return bound
    }
    case tag.reference:
      return decoder.meet(resolveReference(decoder.code.modules[source.unsigned()]!))
    case tag.intrinsic: {
      const path = source.string()
      const value = intrinsicAt(path)
      if (value === undefined)
        throw new TransferError(`This Node (${process.version}) has no ${path}. Run the same version on both ends.`)
      return decoder.meet(value)
    }
    case tag.require:
      return decoder.meet(createRequire(localFile(source.string())))
    default:
      return decoder.meet(dynamicImport(localFile(source.string())))
  }
}

function closure(decoder: Decoder): object {
  const number = decoder.count()
  const entry = decoder.code.functions[decoder.in.unsigned()]!
  const { code } = entry
  const made = make(decoder, entry, undefined)
  const fn = made.value as (...args: never[]) => unknown
  rename(fn, code)
  rememberOrigin(fn, made)
  decoder.remember(number, fn)
  setVariables(made, variables(decoder, code))
  decoder.properties(fn)
  if (decoder.in.byte() === 1) {
    const parent = decoder.value() as Class | undefined
    if (parent !== undefined) Object.setPrototypeOf(fn.prototype, parent.prototype as object)
    members(decoder, fn.prototype as object)
  }
  return fn
}

function classOf(decoder: Decoder): object {
  const number = decoder.count()
  const entry = decoder.code.functions[decoder.in.unsigned()]!
  const { code } = entry
  const id = decoder.in.string()
  const known = classById(id)
  if (known !== undefined) decoder.remember(number, known)
  const placeholder = new Awaited()
  if (known === undefined && code.early === true) decoder.remember(number, placeholder)
  const heritage = code.heritage === undefined ? undefined : decoder.value()
  if (known !== undefined) {
    const values = variables(decoder, code)
    // The class of this thread has its own variables; one that came from elsewhere gets those of today.
    const own = isOwnClass(id)
    if (!own) setVariables(originOf(known)!, values)
    members(decoder, own ? undefined : (known.prototype as object))
    members(decoder, own ? undefined : known)
    return known
  }
  const made = make(decoder, entry, heritage)
  if (code.early === true) setVariables(made, variables(decoder, code))
  const value = (made.value as () => Class)()
  rename(value, code)
  rememberOrigin(value, made)
  registerClass(id, value)
  decoder.remember(number, value)
  placeholder.value = value
  for (const again of placeholder.waiting) again()
  if (code.early !== true) setVariables(made, variables(decoder, code))
  members(decoder, value.prototype as object)
  members(decoder, value)
  return value
}

function make(
  decoder: Decoder,
  { code, cells }: Entry,
  heritage: unknown,
): Made & { code: FunctionCode; cells: Record<string, unknown> | undefined } {
  const names = cells?.variables.map((index) => code.variables[index]!) ?? []
  const group = cells && decoder.cells(cells.group)
  // They must be there before the code runs: to `with`, what is not a member is another variable.
  for (const name of names) if (!(name in group!)) group![name] = undefined
  return { ...factoryOf(code, names)(group, heritage), code, cells: group }
}

function variables(decoder: Decoder, code: FunctionCode): unknown[] {
  return code.variables.map(() => decoder.value())
}

function setVariables(made: Pick<Made, 'set'>, values: readonly unknown[]): void {
  const resolve = (): void => made.set(...values.map((v) => (v instanceof Awaited ? v.value : v)))
  resolve()
  for (const v of values) if (v instanceof Awaited) v.waiting.push(resolve)
}

function rename(fn: object, code: FunctionCode): void {
  const own = Object.getOwnPropertyDescriptor(fn, 'name')
  if (own?.value === code.name || (own !== undefined && typeof own.value !== 'string')) return
  Object.defineProperty(fn, 'name', { value: code.name, configurable: true })
}

/** Members that the text of a class does not give; without a holder they are read only. */
function members(decoder: Decoder, holder: object | undefined): void {
  let count = decoder.in.unsigned()
  while (count-- > 0) {
    const key = decoder.value() as PropertyKey
    const flags = decoder.in.byte()
    const descriptor: PropertyDescriptor = {
      enumerable: (flags & flagBits.enumerable) !== 0,
      configurable: (flags & flagBits.configurable) !== 0,
    }
    if ((flags & accessor) !== 0) {
      descriptor.get = decoder.value() as (() => unknown) | undefined
      descriptor.set = decoder.value() as ((value: unknown) => void) | undefined
    } else {
      descriptor.value = decoder.value()
      descriptor.writable = (flags & flagBits.writable) !== 0
    }
    if (holder !== undefined) define(holder, key, descriptor)
  }
}

function define(holder: object, key: PropertyKey, descriptor: PropertyDescriptor): void {
  const present = Object.getOwnPropertyDescriptor(holder, key)
  // What the static initialiser made and froze is as it was.
  if (present?.configurable === false && (present.writable !== true || descriptor.writable !== true)) return
  Object.defineProperty(holder, key, present?.configurable === false ? { value: descriptor.value as unknown } : descriptor)
}
