/** What the nanny of a worker tells the scheduler when the worker's process has died. */
export interface DeathNote {
  readonly name: string
  readonly pid: number
  /** completes the sentence "the worker …" */
  readonly reason: string
  /** it took too much memory, as far as that can be told */
  readonly outOfMemory: boolean
  /** the end of what the process wrote */
  readonly logTail: string
}
