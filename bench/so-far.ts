import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'

/** Measurements by name, as a file keeps them, with what they depend on. */
interface Kept<T> {
  readonly conditions: unknown
  readonly of: Record<string, T>
}

/**
 * What was measured before a long run was cut short. `BENCH_RESUME` names the file that keeps it; without it nothing is kept.
 *
 * @example
 * const soFar = new SoFar<number>({ rows: 10_000_000 })
 * const seconds = soFar.get('join') ?? (await measure('join'))
 * soFar.keep('join', seconds)
 */
export class SoFar<T> {
  readonly file = process.env.BENCH_RESUME
  readonly #kept: Kept<T>

  /**
   * @param conditions plain data
   * @throws Error where the file was written under other conditions
   */
  constructor(conditions: object) {
    const before =
      this.file !== undefined && existsSync(this.file) ? (JSON.parse(readFileSync(this.file, 'utf8')) as Kept<T>) : undefined
    if (before && !isDeepStrictEqual(before.conditions, conditions))
      throw new Error(
        `${this.file!} was measured with ${JSON.stringify(before.conditions)}, not with ${JSON.stringify(conditions)}`,
      )
    this.#kept = before ?? { conditions, of: {} }
  }

  get(name: string): T | undefined {
    return this.#kept.of[name]
  }

  keep(name: string, measured: T): void {
    this.#kept.of[name] = measured
    if (this.file !== undefined) writeFileSync(this.file, JSON.stringify(this.#kept))
  }
}
