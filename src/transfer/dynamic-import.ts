import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as vm from 'node:vm'

/** `import()` as the code of a file would do it: names are looked up from there. */
export function dynamicImport(from: string): (specifier: string) => Promise<unknown> {
  return compileWithImport('return import(specifier)', ['specifier'], {
    filename: isAbsolute(from) ? pathToFileURL(from).href : from,
  }) as (specifier: string) => Promise<unknown>
}

let announced = false

/** Compiles the body of a function in which `import()` works. */
export function compileWithImport(
  source: string,
  parameters: string[],
  options: vm.CompileFunctionOptions,
): (...args: unknown[]) => unknown {
  if (!announced) {
    announced = true
    announce()
  }
  return vm.compileFunction(source, parameters, { ...options, ...loader }) as (...args: unknown[]) => unknown
}

const loader = { importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }

/**
 * Node 20 warns once, at the first import of this kind, that it is experimental, in the middle of the output of whoever
 * sends a closure. Newer versions do not, nor has it changed since; so the first import is one that nobody hears of.
 */
function announce(): void {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    const first = vm.compileFunction("return import('node:os')", [], loader) as () => Promise<unknown>
    void first()
  } finally {
    process.emitWarning = emitWarning
  }
}
