/** Somebody who takes part: a program, or the tasks of one thread of a worker. */
export interface Party {
  readonly name: string
  /** whether there is a connection to it: whoever is away is passed over until it is back */
  isThere: boolean
}

/** Ends a wait. False when it had come to its end before. */
export type Leave = () => boolean
