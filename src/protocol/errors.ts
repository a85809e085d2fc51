import { HeddleError } from '../base/index.js'

export { ProtocolError } from '../comm/index.js'

/** What the other end of a connection could not do, as it said itself. */
export class RemoteError extends HeddleError {
  static {
    RemoteError.prototype.name = 'RemoteError'
  }
}
