/** An argument with lazy things inside: at each path, the next input goes. */
export interface Holed {
  readonly value: unknown
  readonly paths: readonly (readonly (string | number)[])[]
}

/** Puts arguments together again, from the values of the inputs. */
export function putTogether(shape: string, inputs: readonly unknown[], own: unknown): unknown[] {
  const args = new Array<unknown>(shape.length)
  let single = true
  let seen = false
  for (let i = 0; i < shape.length; i++) {
    if (shape.charCodeAt(i) === D) continue
    if (seen) single = false
    seen = true
  }
  let nextInput = 0
  let nextOwn = 0
  for (let i = 0; i < shape.length; i++) {
    const letter = shape.charCodeAt(i)
    if (letter === D) args[i] = inputs[nextInput++]
    else {
      const value = single ? own : (own as unknown[])[nextOwn++]
      if (letter === L) args[i] = value
      else {
        const holed = value as Holed
        args[i] = fill(holed, inputs, nextInput)
        nextInput += holed.paths.length
      }
    }
  }
  return args
}

const D = 'd'.charCodeAt(0)
const L = 'l'.charCodeAt(0)

/** The value with its holes filled by the values from `from` on: a copy of every container on the way to a hole. */
export function fill({ value, paths }: Holed, values: readonly unknown[], from = 0): unknown {
  if (paths.length === 0) return value
  if (paths[0]!.length === 0) return values[from]
  const root = copyOf(value)
  // The copies on the way to the hole before: paths come in the order of a walk, so the next one shares its beginning.
  const open = [root]
  let before: Holed['paths'][number] = []
  paths.forEach((path, n) => {
    const last = path.length - 1
    let depth = 0
    while (depth < last && depth < before.length - 1 && path[depth] === before[depth]) depth++
    open.length = depth + 1
    for (; depth < last; depth++) {
      const parent = open[depth]!
      open.push((parent[path[depth]!] = copyOf(parent[path[depth]!])))
    }
    open[last]![path[last]!] = values[from + n]
    before = path
  })
  return root
}

function copyOf(container: unknown): Record<string | number, unknown> {
  return (Array.isArray(container) ? [...(container as unknown[])] : { ...(container as object) }) as Record<
    string | number,
    unknown
  >
}
