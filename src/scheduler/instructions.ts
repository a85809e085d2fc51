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
} as const

/** Words of an instruction before its own variable part. */
const lengths = [0, 8, 5, 5, 4, 4, 4, 3, 5]

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
  | { op: 'free' | 'cancel' | 'confirm'; worker: number; graph: number; task: number; attempt: number }
  | { op: 'inMemory' | 'erred' | 'lost'; graph: number; task: number }
  | { op: 'forgotten'; graph: number }

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
      case Instruction.confirm: {
        const name = op === Instruction.free ? 'free' : op === Instruction.cancel ? 'cancel' : 'confirm'
        records.push({ op: name, worker: worker!, graph: graph!, task: task!, attempt: attempt! })
        break
      }
      case Instruction.forgotten:
        records.push({ op: 'forgotten', graph: graph! })
        break
      default:
        records.push({
          op: op === Instruction.inMemory ? 'inMemory' : op === Instruction.erred ? 'erred' : 'lost',
          graph: graph!,
          task: task!,
        })
    }
  }
  return records
}
