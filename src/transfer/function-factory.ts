import * as vm from 'node:vm'
import type { FunctionCode } from './code-table.js'
import { compileWithImport } from './dynamic-import.js'
import { TransferError } from './errors.js'
import { Lru } from './lru.js'

type Callable = (...args: never[]) => unknown

/** One closure of a factory: its function (of a class: what defines it), and its captured variables. */
export interface Made {
  readonly value: object
  set(...values: readonly unknown[]): void
  values(): readonly unknown[]
}

type Factory = (cells: object | undefined, heritage: unknown) => Made

/** Kept, so that code that was optimised once stays optimised: V8 does that per compiled text. */
const factories = new Lru<string, Factory>(5000)

/**
 * Compiles the text of a function inside a scope that holds its captured variables, under the name and at the place of
 * its file, so that stack traces lead there.
 * @param cells the captured variables (by name) that are shared with other functions
 */
export function factoryOf(code: FunctionCode, cells: readonly string[]): Factory {
  const { url, line, column, sloppy, form, heritage = '', variables, text } = code
  const key = [url, line, column, sloppy, form, heritage, variables, ';', cells, text].join('\n')
  let factory = factories.get(key)
  if (factory === undefined) factories.set(key, (factory = compile(code, cells)))
  return factory
}

const cellsName = '$heddle_cells'

function compile(code: FunctionCode, cells: readonly string[]): Factory {
  const { variables, text, form, heritage = '$heritage' } = code
  const own = variables.filter((name) => !cells.includes(name))
  // Every name is valid as a `var` where it was valid in the source; that is not so with `let`.
  let before = `${code.sloppy ? '' : '"use strict";'}${own.length > 0 ? `var ${own.join(',')};` : ''}return[`
  let after = `,function(){${variables.map((name, i) => `${name}=arguments[${i}]`).join(';')}},function(){return[${variables.join(',')}]}]`
  if (cells.length > 0) {
    // A strict function inside `with` sees the members of the object as variables, shared by all that do.
    before = `with(${cellsName}){return function(){${before}`
    after += '}()}'
  }
  const [open, close] = form === 'class' ? ['function(){return(', ')}'] : form === 'expression' ? ['(', ')'] : ['({', '})']
  before += open
  after = close + after
  const build = compileAt(code, `${before}${text}${after}`, before.length, [cellsName, heritage])
  return (shared, parent) => {
    const [value, set, values] = build(shared, parent) as [object, Made['set'], Made['values']]
    return { value: form === 'expression' || form === 'class' ? value : memberOf(value, form), set, values }
  }
}

function compileAt(code: FunctionCode, source: string, before: number, parameters: string[]): (...args: unknown[]) => unknown {
  try {
    const place = { filename: code.url, lineOffset: code.line, columnOffset: code.column - before }
    if (code.text.includes('import')) return compileWithImport(source, parameters, place)
    return vm.compileFunction(source, parameters, place) as (...args: unknown[]) => unknown
  } catch (error) {
    const place = `${code.url}:${code.line + 1}`
    throw new TransferError(
      `The function ${code.name} at ${place} cannot be compiled here: ${(error as Error).message}. Run the same version of Node on both ends.`,
      { cause: error },
    )
  }
}

/** The function behind a method, getter or setter: the only member of the object. */
function memberOf(holder: object, form: 'method' | 'get' | 'set'): object {
  const [key] = Reflect.ownKeys(holder)
  const descriptor = Object.getOwnPropertyDescriptor(holder, key!)!
  return (form === 'method' ? descriptor.value : descriptor[form]) as Callable
}
