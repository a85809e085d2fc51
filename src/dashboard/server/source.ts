import type { Digest } from '../../model/index.js'

/** What a page shows: something that goes on, and can be asked. */
export interface DashboardSource {
  /** what tells it from others that may be at the same address another time */
  readonly id: string
  /** what people know it by */
  readonly title: string
  /** seconds to be added to a time of its clock to get seconds since 1970 */
  readonly wallOffset: number
  /** Has what there is, and then what happens, told as digests, until the function is called that it gives. */
  follow(emit: (digest: Digest) => void): () => void
  /** Answers a question of a page. */
  ask(question: string, args: unknown): Promise<unknown>
}

/** What a page is told first, as JSON. */
export interface Greeting {
  readonly id: string
  readonly title: string
  readonly wallOffset: number
  readonly version: string
  /** questions that are answered */
  readonly heddle: string
}
