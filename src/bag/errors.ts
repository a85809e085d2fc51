import { HeddleError } from '../base/index.js'

/** A bag without items was asked for something that only items have: a largest one, a fold without a first value. */
export class EmptyBagError extends HeddleError {
  static {
    EmptyBagError.prototype.name = 'EmptyBagError'
  }
  constructor(operation: string, bag: string) {
    super(`${operation} of ${bag}, which has no items. Count it first, or concat a bag with a default`)
  }
}

/** A URL could not be read. */
export class FetchError extends HeddleError {
  static {
    FetchError.prototype.name = 'FetchError'
  }
  readonly url: string
  /** the HTTP status of the answer; undefined when there was none */
  readonly status: number | undefined
  constructor(url: string, status: number | undefined, problem: string, options?: ErrorOptions) {
    super(`${url} could not be read: ${problem}`, options)
    this.url = url
    this.status = status
  }
}
