import { readFileSync } from 'node:fs'
import { loadKoffi } from './koffi.js'

/** What is smaller has no page of 2 MiB to itself. */
const LEAST = 4 * 2 ** 20

/** What a thread makes in all before it is worth it to load the library: that costs as much as the pages of so much. */
const WORTH = 32 * 2 ** 20

const PAGE = 4096

/** In Linux on all processors. */
const MADV_HUGEPAGE = 14

const SWITCH = '/sys/kernel/mm/transparent_hugepage/enabled'

type Advise = (memory: Uint8Array, bytes: number) => unknown

let made = 0
let advise: Advise | false | undefined

/**
 * Asks Linux to put memory that is about to be written for the first time into pages of 2 MiB, as NumPy does: a first touch
 * of 4 KiB at a time costs more than most kernels, and so does looking pages up. Does nothing for little memory, on other
 * systems, where pages are large anyway or never, and without the package koffi.
 *
 * @param memory the array or the piece of a larger one; its values stay as they are
 */
export function wantHugePages(memory: Uint8Array): void {
  if (memory.byteLength < LEAST || advise === false) return
  made += memory.byteLength
  if (made < WORTH) return
  advise ??= findAdvise()
  if (advise) advise(memory, memory.byteLength)
}

function findAdvise(): Advise | false {
  if (process.platform !== 'linux' || !onRequest()) return false
  try {
    const koffi = loadKoffi()
    const madvise = koffi.load(null).func('int madvise(void *address, size_t bytes, int advice)')
    return (memory, bytes) => {
      const skipped = -Number(koffi.address(memory) % BigInt(PAGE)) & (PAGE - 1)
      // It is advice: a system that does not take it gives small pages, as before.
      madvise(memory.subarray(skipped), Math.floor((bytes - skipped) / PAGE) * PAGE, MADV_HUGEPAGE)
    }
  } catch {
    // An optional package that is missing, or not made for this system: pages are small, and everything works.
    return false
  }
}

/** Whether Linux gives large pages to those who ask, and to nobody else. */
function onRequest(): boolean {
  try {
    return readFileSync(SWITCH, 'latin1').includes('[madvise]')
  } catch {
    return false
  }
}
