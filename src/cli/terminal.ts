/** Where a command prints: the terminal of its process, or a test's own. */
export interface Terminal {
  /** Prints a text and ends its line, on the standard output. */
  print(text: string): void
  /** As `print`, on the standard error. */
  printError(text: string): void
  /** cells of a line, where a person reads the standard output; undefined where a program does, or a file takes it up */
  readonly width: number | undefined
  readonly colors: boolean
}

/** The terminal of this process. */
export function processTerminal({ stdout, stderr }: NodeJS.Process = process): Terminal {
  return {
    print: (text) => void stdout.write(`${text}\n`),
    printError: (text) => void stderr.write(`${text}\n`),
    width: stdout.isTTY ? stdout.columns : undefined,
    colors: stdout.isTTY && stdout.hasColors(),
  }
}

export function bold(text: string, { colors }: Terminal): string {
  return colors ? `\x1b[1m${text}\x1b[0m` : text
}

export function dim(text: string, { colors }: Terminal): string {
  return colors ? `\x1b[2m${text}\x1b[0m` : text
}
