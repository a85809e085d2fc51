import { type Expression, sorted } from './expression.js'

/** A named rewriting of expressions. It must not change what they mean. */
export interface Pass {
  readonly name: string
  /** Gives what is to stand in the place of each root. */
  apply(roots: readonly Expression[]): Expression[]
}

/** What a pass made of the roots; `changed` is false when nothing. */
export interface PassTrace {
  readonly name: string
  readonly roots: readonly Expression[]
  readonly changed: boolean
}

/** Applies passes in order. */
export function applyPasses(
  roots: readonly Expression[],
  passes: readonly Pass[],
): { roots: readonly Expression[]; trace: PassTrace[] } {
  const trace: PassTrace[] = []
  let current = roots
  for (const pass of passes) {
    const next = pass.apply(current)
    const changed = next.some((e, i) => e !== current[i])
    trace.push({ name: pass.name, roots: next, changed })
    current = next
  }
  return { roots: current, trace }
}

/** An expression as a tree of lines, inputs below what uses them. What was written already is named, not repeated. */
export function formatTree(roots: readonly Expression[], mostLines = 60): string {
  const lines: string[] = []
  const seen = new Set<Expression>()
  const all = sorted(roots).length
  const stack: { e: Expression; depth: number }[] = [...roots].reverse().map((e) => ({ e, depth: 0 }))
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (lines.length === mostLines) {
      lines.push(`… ${all} expressions in all`)
      break
    }
    const { e, depth } = next
    const again = seen.has(e)
    lines.push(`${'  '.repeat(depth)}${e.describe()}${again ? ' (see above)' : ''}`)
    if (again) continue
    seen.add(e)
    for (let i = e.inputs.length - 1; i >= 0; i--) stack.push({ e: e.inputs[i]!, depth: depth + 1 })
  }
  return lines.join('\n')
}
