import type { FunctionCode } from './code-table.js'

/** Where a function came from that arrived by value: enough to send it on without capturing it again. */
export interface Origin {
  readonly code: FunctionCode
  /** the variables that it shares with other functions */
  readonly cells: Readonly<Record<string, unknown>> | undefined
  /** the captured variables as they are now */
  values(): readonly unknown[]
  /** gives the captured variables their values */
  set(...values: readonly unknown[]): void
}

const origins = new WeakMap<object, Origin>()

export function originOf(fn: object): Origin | undefined {
  return origins.get(fn)
}

export function rememberOrigin(fn: object, origin: Origin): void {
  origins.set(fn, origin)
}
