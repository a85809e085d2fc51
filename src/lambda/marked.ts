const names = new WeakMap<object, string>()

/**
 * Marks a function as one that has a meaning of its own inside translated functions: calls of it become `call` nodes of this
 * name.
 */
export function marked<F extends (...args: never[]) => unknown>(name: string, fn: F): F {
  names.set(fn, name)
  return fn
}

export function markOf(fn: unknown): string | undefined {
  return typeof fn === 'function' ? names.get(fn) : undefined
}
