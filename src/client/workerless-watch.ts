import { config } from '../config/index.js'
import { WaitTimeout } from './errors.js'

/** Milliseconds after which a program that waits for a cluster without workers is told so, unless it is to fail then. */
const WARN_AFTER = 10_000

/** Looks after a program that waits for results while there is no worker: it might wait for ever, and not know why. */
export class WorkerlessWatch {
  readonly #address: string
  readonly #fail: (error: Error) => void
  #waiting = false
  #workerless = false
  #timer: NodeJS.Timeout | undefined

  /** `fail` is called when the setting `client.workersTimeout` is over. */
  constructor(address: string, fail: (error: Error) => void) {
    this.#address = address
    this.#fail = fail
  }

  set waiting(waiting: boolean) {
    this.#waiting = waiting
    this.#look()
  }

  set workerless(workerless: boolean) {
    this.#workerless = workerless
    this.#look()
  }

  #look(): void {
    if (!this.#waiting || !this.#workerless) {
      clearTimeout(this.#timer)
      this.#timer = undefined
      return
    }
    if (this.#timer) return
    const timeout = config.get('client.workersTimeout')
    this.#timer = setTimeout(() => this.#over(timeout), timeout > 0 ? timeout : WARN_AFTER)
    this.#timer.unref()
  }

  #over(timeout: number): void {
    const advice = `start some with: heddle worker ${this.#address}`
    if (timeout > 0) {
      this.#timer = undefined
      const text = `the scheduler at ${this.#address} had no worker for ${timeout / 1000} s (client.workersTimeout): ${advice}`
      this.#fail(new WaitTimeout(text))
    } else process.emitWarning(`the scheduler at ${this.#address} has no workers, so nothing is computed; ${advice}`)
  }
}
