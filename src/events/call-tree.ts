/** A function in a place of a call tree. */
export interface CallFrame {
  /** '(garbage collector)' and '(program)' stand for what the engine does itself; '' is a function without a name */
  readonly name: string
  /** the file, as a URL; empty for what is no file's */
  readonly url: string
  /** counted from 1; 0 where there is none */
  readonly line: number
  readonly column: number
}

/** Call trees as they travel: nodes in any order in which parents come before their children. */
export interface FlatCallTree {
  readonly frames: readonly CallFrame[]
  /** by node: its frame, its parent (-1: none), milliseconds and samples in the function itself */
  readonly frame: readonly number[]
  readonly parent: readonly number[]
  readonly self: readonly number[]
  readonly hits: readonly number[]
}

/** A function that was called from the functions above it. */
export interface CallNode {
  readonly frame: CallFrame
  /** milliseconds in the function itself, and with all that it called */
  self: number
  total: number
  /** samples that found the function itself running */
  hits: number
  readonly children: CallNode[]
}

/** What several threads were found doing, as one tree: what they did in common is one node. */
export class CallTree {
  readonly root: CallNode = node({ name: '(all threads)', url: '', line: 0, column: 0 })
  readonly #children = new Map<CallNode, Map<string, CallNode>>()

  /** Adds what one or several threads did. */
  add({ frames, frame, parent, self, hits }: FlatCallTree): void {
    const nodes: CallNode[] = []
    for (let i = 0; i < frame.length; i++) {
      const above = parent[i]! < 0 ? this.root : nodes[parent[i]!]!
      const own = this.#child(above, frames[frame[i]!]!)
      own.self += self[i]!
      own.hits += hits[i]!
      nodes.push(own)
    }
    this.#sum()
  }

  /** All nodes, parents before their children. */
  nodes(): CallNode[] {
    const list = [this.root]
    // The list grows while it is gone through.
    for (const { children } of list) list.push(...children)
    return list
  }

  /** As it travels. */
  flat(): FlatCallTree {
    const all = this.nodes().slice(1)
    const numbers = new Map(all.map((one, i) => [one, i]))
    const frames = new Map<string, number>()
    const known: CallFrame[] = []
    const frame = all.map((one) => {
      const key = keyOf(one.frame)
      let number = frames.get(key)
      if (number === undefined) frames.set(key, (number = known.push(one.frame) - 1))
      return number
    })
    const parent = all.map(() => -1)
    for (const one of all) for (const child of one.children) parent[numbers.get(child)!] = numbers.get(one)!
    return { frames: known, frame, parent, self: all.map((one) => one.self), hits: all.map((one) => one.hits) }
  }

  #child(above: CallNode, frame: CallFrame): CallNode {
    let children = this.#children.get(above)
    if (!children) this.#children.set(above, (children = new Map()))
    const key = keyOf(frame)
    let child = children.get(key)
    if (!child) {
      child = node(frame)
      children.set(key, child)
      above.children.push(child)
    }
    return child
  }

  #sum(): void {
    const all = this.nodes()
    for (let i = all.length - 1; i >= 0; i--) {
      const one = all[i]!
      one.total = one.self
      for (const { total } of one.children) one.total += total
    }
  }
}

function node(frame: CallFrame): CallNode {
  return { frame, self: 0, total: 0, hits: 0, children: [] }
}

function keyOf({ name, url, line, column }: CallFrame): string {
  return `${url}:${line}:${column}:${name}`
}
