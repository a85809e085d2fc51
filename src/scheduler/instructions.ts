import { IntList } from '../base/index.js'

/**
 * What the scheduler machine tells the outside, as words of 32 bits: an operation, the worker it is for (-1: the
 * clients), then the operation's own words.
 */
export const Instruction = {
  /**
   * worker, graph, task, attempt, priority, rank, n, then n times (graph, task, attempt, holder): run the task; these
   * of its inputs are not on the worker, fetch each from its holder
   */
  compute: 1,
  /** worker, graph, task, attempt: forget the value */
  free: 2,
  /** worker, graph, task, attempt: the result is not needed any more */
  cancel: 3,
  /** -1, graph, task: a wanted result is in memory */
  inMemory: 4,
  /** -1, graph, task: a wanted task has failed; the error is in `errorOf` */
  erred: 5,
  /** -1, graph, task: a wanted result that was in memory is lost, and being computed again */
  lost: 6,
  /** -1, graph: nothing of the graph is left */
  forgotten: 7,
  /** worker, graph, task, attempt: somebody could not get this value from you; say so if you have it all the same */
  confirm: 8,
  /** worker, graph, task, attempt: give the task back if you have not begun it; say whether you do */
  steal: 9,
  /** worker, graph, task, attempt, holder: get a copy of the value from its holder, and say so */
  replicate: 10,
  /**
   * worker, n: for the shell. n = 0: the worker has ended everything and holds nothing that nobody else holds: it can go.
   * n > 0: that many values are only there, and no other worker can take them; it goes on when one can
   */
  retired: 11,
  /** -1, graph: for the shell. Of the graph only what is wanted, and what that needs, is kept: `knows` tells what that is */
  archived: 12,
} as const

/** Words of an instruction before its own variable part. */
const lengths = [0, 8, 5, 5, 4, 4, 4, 3, 5, 5, 6, 3, 3]

/** One instruction as an object: for tests and for people. */
export type InstructionRecord =
  | {
      op: 'compute'
      worker: number
      graph: number
      task: number
      attempt: number
      priority: number
      rank: number
      inputs: { graph: number; task: number; attempt: number; holder: number }[]
    }
  | { op: 'free' | 'cancel' | 'confirm' | 'steal'; worker: number; graph: number; task: number; attempt: number }
  | { op: 'replicate'; worker: number; graph: number; task: number; attempt: number; holder: number }
  | { op: 'retired'; worker: number; remaining: number }
  | { op: 'inMemory' | 'erred' | 'lost'; graph: number; task: number }
  | { op: 'forgotten' | 'archived'; graph: number }

/** The number of words of the instruction that begins at `at`. */
export function instructionLength(words: Int32Array, at: number): number {
  const op = words[at]!
  return op === Instruction.compute ? 8 + words[at + 7]! * 4 : lengths[op]!
}

/** The instructions of a list, one by one, as objects. */
export function readInstructions(list: IntList): InstructionRecord[] {
  const records: InstructionRecord[] = []
  const words = list.items
  for (let at = 0; at < list.length; at += instructionLength(words, at)) {
    const [op, worker, graph, task, attempt, priority, rank, n] = words.subarray(at, at + 8) as unknown as number[]
    switch (op) {
      case Instruction.compute: {
        const inputs = Array.from({ length: n! }, (_, i) => {
          const [graph, task, attempt, holder] = words.subarray(at + 8 + i * 4, at + 12 + i * 4) as unknown as number[]
          return { graph: graph!, task: task!, attempt: attempt!, holder: holder! }
        })
        records.push({
          op: 'compute',
          worker: worker!,
          graph: graph!,
          task: task!,
          attempt: attempt!,
          priority: priority!,
          rank: rank!,
          inputs,
        })
        break
      }
      case Instruction.free:
      case Instruction.cancel:
      case Instruction.confirm:
      case Instruction.steal:
        records.push({ op: nameOf(op, aboutTasks), worker: worker!, graph: graph!, task: task!, attempt: attempt! })
        break
      case Instruction.replicate:
        records.push({ op: 'replicate', worker: worker!, graph: graph!, task: task!, attempt: attempt!, holder: priority! })
        break
      case Instruction.retired:
        records.push({ op: 'retired', worker: worker!, remaining: graph! })
        break
      case Instruction.forgotten:
      case Instruction.archived:
        records.push({ op: nameOf(op, aboutGraphs), graph: graph! })
        break
      default:
        records.push({ op: nameOf(op, aboutResults), graph: graph!, task: task! })
    }
  }
  return records
}

const aboutTasks = ['free', 'cancel', 'confirm', 'steal'] as const
const aboutGraphs = ['forgotten', 'archived'] as const
const aboutResults = ['inMemory', 'erred', 'lost'] as const

function nameOf<N extends keyof typeof Instruction>(op: number | undefined, names: readonly N[]): N {
  return names.find((name) => Instruction[name] === op)!
}
