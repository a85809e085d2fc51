import { HeddleError } from '../base/index.js'

/** A function says something that it must not: a side effect, a function that was not called, a comparison of dates. */
export class LambdaError extends HeddleError {
  static {
    LambdaError.prototype.name = 'LambdaError'
  }
}

/** Why a function cannot be written as a tree or translated. It still runs as JavaScript: never seen by users as an error. */
export class Untranslatable extends HeddleError {
  static {
    Untranslatable.prototype.name = 'Untranslatable'
  }
}
