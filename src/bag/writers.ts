import type { ComputeOptions } from '../expr/index.js'
import type { OutputTarget, WriteTextOptions } from '../formats/index.js'
import { type Bag, needBag } from './bag.js'

/**
 * Writes each partition of a bag of texts to a file, now, and gives the paths; see `Bag.toTextFiles`.
 *
 * @example
 * await bag.toTextFiles(lines, 'out/*.txt')
 */
export async function toTextFiles(
  from: Bag<string>,
  target: OutputTarget,
  options: WriteTextOptions & ComputeOptions = {},
): Promise<string[]> {
  needBag('toTextFiles', from)
  return from.toTextFiles(target, options)
}
