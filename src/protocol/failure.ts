/** How a task failed, as it travels from the worker to clients, encoded. */
export interface FailureMessage {
  /** what it threw, encoded */
  readonly error: Uint8Array
  /** which part of a fused task it was */
  readonly step?: { readonly number: number; readonly label: string } | undefined
  /** of the task; undefined: the error is the scheduler's own, and says all there is to say */
  readonly key?: string
  readonly label?: string
  /** on which thread of which worker */
  readonly where: string
}
