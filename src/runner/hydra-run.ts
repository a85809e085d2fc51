import { readFileSync } from 'node:fs'

/** How far up the ancestors of a process are looked at: scripts may stand between Hydra and it. */
const GENERATIONS = 8

/**
 * What tells a run of MPICH's `mpirun` (Hydra) from others: the address to which its proxies on all machines report, which is
 * on their command lines. undefined: there is no such proxy among the ancestors of this process.
 */
export function hydraRun(read: (path: string) => string = (path) => readFileSync(path, 'utf8')): string | undefined {
  let pid = process.ppid
  for (let n = 0; n < GENERATIONS && pid > 1; n++) {
    try {
      const words = read(`/proc/${pid}/cmdline`).split('\0')
      const found = controlAddress(words)
      if (found !== undefined) return found
      // The name of the program, in parentheses, may hold anything.
      const [, parent] = read(`/proc/${pid}/stat`).split(/.*\) /s)
      pid = Number(parent?.split(' ')[1])
    } catch (error) {
      // There is no /proc, or the process is somebody else's or gone.
      if (error instanceof Error && 'code' in error) return undefined
      throw error
    }
  }
  return undefined
}

function controlAddress(words: readonly string[]): string | undefined {
  const after = (option: string): string | undefined => {
    const at = words.indexOf(option)
    return at < 0 ? undefined : words[at + 1]
  }
  const [host, port] = [after('--upstream-host'), after('--upstream-port')]
  return after('--control-port') ?? (host !== undefined && port !== undefined ? `${host}:${port}` : undefined)
}
