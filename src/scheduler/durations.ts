/** What is known of how long the tasks of one label take. */
export interface Duration {
  /** seconds, an exponentially weighted mean; -1: none has finished yet */
  mean: number
}

/** The durations by label. They outlive graphs: the second run of a program starts with what the first taught. */
export class Durations {
  readonly #byLabel = new Map<string, Duration>()

  of(label: string): Duration {
    let d = this.#byLabel.get(label)
    if (!d) {
      d = { mean: -1 }
      this.#byLabel.set(label, d)
    }
    return d
  }
}

/** Takes one measured duration, in seconds, into account. */
export function learn(duration: Duration, seconds: number): void {
  duration.mean = duration.mean < 0 ? seconds : duration.mean * 0.8 + seconds * 0.2
}

/** Seconds that a task nobody has timed is taken to need: long enough to be worth spreading over idle workers. */
const UNTIMED = 0.01

/** The expected duration of a task, in seconds. */
export function expectedSeconds(duration: Duration): number {
  return duration.mean < 0 ? UNTIMED : duration.mean
}
