import type { LowerContext } from '../expr/index.js'

/** Properties that hold values of the user, in which anything may be. */
const opaque: ReadonlySet<string> = new Set(['value', 'missing', 'initial'])

/** What makes a piece of plain data with functions in it equal to another: its text, with hashes for what is no text. */
export function identityOf(context: LowerContext, data: object): string {
  return JSON.stringify(data, function (this: Record<string, unknown>, key, value: unknown) {
    if (opaque.has(key)) return { hash: context.hash([this[key]]) }
    if (typeof value === 'function') return { hash: context.hash(value) }
    return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value
  })
}
