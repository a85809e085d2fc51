import type { TaskContext } from '../graph/index.js'
import { type Seal, type Sealed, type Transferred, questions } from './questions.js'
import { ask } from './sender.js'

/**
 * What the task does that depends on all transfers, whose values these are: nothing comes of the run any more, and the
 * output partitions are whole.
 */
export async function seal(transferred: readonly Transferred[], outputs: number, context: TaskContext): Promise<Sealed> {
  const runs = Int32Array.from(transferred, ([run]) => run)
  const sealed = await ask<Omit<Sealed, 'transfers'>>(context, questions.seal, { outputs, runs } satisfies Seal)
  return { ...sealed, transfers: Int32Array.from(transferred, ([, transfer]) => transfer) }
}
