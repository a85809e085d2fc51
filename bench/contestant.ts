import { createInterface } from 'node:readline'

/** What a contestant is asked to do: `variant` is one of its own, or '' when it has none; the rest is the benchmark's. */
export interface Request {
  readonly variant: string
  readonly [parameter: string]: unknown
}

/** What it measured, by name, and what it computed, which must be the same for all contestants. */
export interface Reply {
  readonly figures: Readonly<Record<string, number>>
  readonly check?: unknown
}

/**
 * The program of a contestant: a process of its own, so that nobody's heap or threads are in the way of the others. It says
 * who it is, then answers each line of its input, a request as JSON, with a line of output; it ends with its input. The
 * Python peers do the same (peers/contestant.py).
 */
export async function serve(
  name: string,
  variants: readonly string[],
  answer: (request: Request) => Promise<Reply> | Reply,
): Promise<never> {
  const write = (reply: object): boolean => process.stdout.write(`${JSON.stringify(reply)}\n`)
  write({ name, variants })
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      write(await answer(JSON.parse(line) as Request))
    } catch (error) {
      write({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }
  process.exit()
}
