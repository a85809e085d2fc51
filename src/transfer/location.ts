import { Untransferable } from './errors.js'
import { Inspector } from './inspector.js'
import { mappedMark } from './function-code.js'
import { originOf } from './function-origin.js'
import { pathOf, scriptOf } from './script.js'

export interface FunctionLocation {
  readonly file: string
  readonly line: number
  readonly column: number
}

const locations = new WeakMap<object, FunctionLocation | null>()

/**
 * Where a function was defined: the file's path, line and column, 1-based; in the original file if a compiler left a
 * source map. Undefined for native functions and where the inspector is not available. Costs about 0.1 ms for the first
 * question about a function.
 *
 * @example
 * ```ts
 * functionLocation((x: number) => x + 1) // { file: '/home/me/tasks.ts', line: 12, column: 18 }
 * ```
 */
export function functionLocation(fn: object): FunctionLocation | undefined {
  let location = locations.get(fn)
  if (location === undefined) locations.set(fn, (location = find(fn) ?? null))
  return location ?? undefined
}

function find(fn: object): FunctionLocation | undefined {
  const code = originOf(fn)?.code
  if (code !== undefined) {
    return { file: pathOf(code.url.replace(mappedMark, '')), line: code.line + 1, column: code.column + 1 }
  }
  const inspector = new Inspector()
  try {
    const site = inspector.site(fn)
    if (site === undefined) return undefined
    return scriptOf(inspector, site.scriptId).original(inspector, site.line, site.column - headLength(fn))
  } catch (error) {
    // No inspector (--permission, a Node built without it): messages go without the place.
    if (error instanceof Untransferable) return undefined
    throw error
  } finally {
    inspector.close()
  }
}

/** V8 places a function at its parameters; this many characters before them, on the same line, it begins. */
function headLength(fn: object): number {
  const text = Function.prototype.toString.call(fn)
  if (/^class\b/.test(text)) return 0
  const head = /^async\s+(?=[\w$]+\s*=>)|^[\w$]+(?=\s*=>)|^[^(]*(?=\()/.exec(text)?.[0] ?? ''
  return /^[\w$]+$/.test(head) && /^[\w$]+\s*=>/.test(text) ? 0 : head.includes('\n') ? 0 : head.length
}
