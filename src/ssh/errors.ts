import { HeddleError } from '../base/index.js'

/** Something could not be started over ssh, or has ended there. */
export class SSHError extends HeddleError {
  static {
    SSHError.prototype.name = 'SSHError'
  }
}
