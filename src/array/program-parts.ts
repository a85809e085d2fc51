import { type NodeId, type Program, ProgramBuilder, type Scalars } from '../kernels/index.js'

/** A program that is being put together of others; its inputs are things, each once. */
export class Assembly<T> {
  readonly builder = new ProgramBuilder()
  readonly inputs: T[] = []
  readonly scalars: (number | bigint | boolean)[] = []
  readonly #nodes = new Map<T, NodeId>()

  input(thing: T, dtype: Program['inputs'][number]): NodeId {
    let node = this.#nodes.get(thing)
    if (node === undefined) {
      node = this.builder.input(dtype)
      this.inputs.push(thing)
      this.#nodes.set(thing, node)
    }
    return node
  }

  scalar(value: number | bigint | boolean, dtype: Program['inputs'][number]): NodeId {
    this.scalars.push(value)
    return this.builder.scalar(dtype)
  }

  /** Writes the nodes of a program; gives what stands for each of them here. */
  insert(program: Program, scalars: Scalars, input: (index: number) => NodeId): NodeId[] {
    const here: NodeId[] = []
    for (const node of program.nodes) {
      switch (node.kind) {
        case 'input':
          here.push(input(node.index))
          break
        case 'scalar':
          here.push(this.scalar(scalars[node.index]!, node.dtype))
          break
        case 'constant':
          here.push(this.builder.constant(node.value, node.dtype))
          break
        case 'cast':
          here.push(this.builder.cast(here[node.of]!, node.dtype))
          break
        case 'apply': {
          here.push(this.builder.apply(node.operation, ...node.args.map((a) => here[a]!)))
        }
      }
    }
    return here
  }
}
