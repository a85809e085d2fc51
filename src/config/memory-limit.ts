import { totalmem } from 'node:os'
import { join } from 'node:path'
import { ArgumentError, type ReadFile, controlGroups, describe, parseBytes, readIfThere } from '../base/index.js'
import { availableCores } from './cores.js'

/** What the memory that this process may use is read from; tests give their own. */
export interface MemorySources {
  /** bytes that the machine has */
  readonly total: number
  readonly read: ReadFile
}

let known: number | undefined

/**
 * How many bytes of memory this process may use: the least of what the machine has, what its control groups allow (v1 and
 * v2), and its limit of address space. Read once in a process.
 */
export function availableMemory(): number {
  return (known ??= memoryFrom({ total: totalmem(), read: readIfThere }))
}

export function memoryFrom({ total, read }: MemorySources): number {
  return Math.min(total, groupLimit(read), addressSpace(read))
}

/** How a limit is given: bytes, text such as '4 GiB', a share of all memory, 'auto', or 'none'. */
export type MemoryLimit = number | string

/**
 * The bytes that one of several worker processes on a machine may use.
 * - 'auto': its share of all memory, as its threads are a share of the cores
 * - a number from 0 to 1, or text such as '50 %': that share of all memory
 * - any other number, or text such as '4 GiB': so many bytes, though never more than there are
 * - 0 or 'none': no limit, which is Infinity
 *
 * @throws ArgumentError when it is none of these
 * @example memoryLimit('auto', 2) // 8 GiB with 16 GiB and 4 cores
 */
export function memoryLimit(
  given: MemoryLimit,
  threads: number,
  { total = availableMemory(), cores = availableCores() }: { readonly total?: number; readonly cores?: number } = {},
): number {
  if (given === 'auto') return Math.floor((total * Math.min(threads, cores)) / cores)
  if (given === 'none' || given === 0 || given === '0') return Infinity
  const share = shareOf(given)
  if (share !== undefined) return Math.floor(total * share)
  try {
    const bytes = parseBytes(given)
    if (bytes > 0) return Math.min(total, bytes)
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error
  }
  throw new ArgumentError(
    `${describe(given)} is not a memory limit: expected 'auto', 'none', a share such as 0.5 or '50 %', or a size such as '4 GiB'`,
  )
}

function shareOf(given: MemoryLimit): number | undefined {
  const [, digits, percent] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*(%?)\s*$/.exec(String(given)) ?? []
  const share = Number(digits) / (percent === '%' ? 100 : 1)
  return share > 0 && share <= 1 ? share : undefined
}

/** The least that the process's control group and the groups around it allow; Infinity without any. */
function groupLimit(read: ReadFile): number {
  const { v1, v2 } = controlGroups(read, 'memory')
  // Above `high` a group is slowed down until it is of no use.
  const files = [
    ...v2.flatMap((folder) => [join(folder, 'memory.max'), join(folder, 'memory.high')]),
    ...v1.map((folder) => join(folder, 'memory.limit_in_bytes')),
  ]
  return Math.min(Infinity, ...files.map((file) => limitIn(read(file))))
}

/** Where there is no limit it says "max" (v2) or a number beyond any machine (v1). */
function limitIn(text: string | undefined): number {
  const bytes = Number(text?.trim() || NaN)
  return bytes > 0 ? bytes : Infinity
}

/** The limit of address space of this process. */
export function addressSpace(read: MemorySources['read']): number {
  return limitIn(/^Max address space\s+(\d+)\s/m.exec(read('/proc/self/limits') ?? '')?.[1])
}
