import { HeddleError } from '../base/index.js'

/** Something about a connection between processes. */
export class CommError extends HeddleError {
  static {
    CommError.prototype.name = 'CommError'
  }
}

/** Nothing could be reached at an address: nobody listens there, or the network does not lead there. */
export class ConnectError extends CommError {
  static {
    ConnectError.prototype.name = 'ConnectError'
  }
}

/** An attempt to connect, or a connection that came in, took too long to come to an agreement. */
export class ConnectTimeout extends CommError {
  static {
    ConnectTimeout.prototype.name = 'ConnectTimeout'
  }
}

/** The other end does not know the token of this cluster, or has no certificate of it. */
export class AuthenticationError extends CommError {
  static {
    AuthenticationError.prototype.name = 'AuthenticationError'
  }
}

/** A certificate is expired, is not of the cluster's CA, or cannot be read. */
export class CertificateError extends AuthenticationError {
  static {
    CertificateError.prototype.name = 'CertificateError'
  }
}

/** The two ends speak different versions of the protocol. */
export class VersionMismatch extends CommError {
  static {
    VersionMismatch.prototype.name = 'VersionMismatch'
  }
}

/** The other end proved itself and was turned away by the program that listens. */
export class ConnectionRejected extends CommError {
  static {
    ConnectionRejected.prototype.name = 'ConnectionRejected'
  }
}

/** The other end went away without a word: its process died, or the network broke. */
export class ConnectionLost extends CommError {
  static {
    ConnectionLost.prototype.name = 'ConnectionLost'
  }
}

/** What came in is not what a Heddle of this version sends. */
export class ProtocolError extends CommError {
  static {
    ProtocolError.prototype.name = 'ProtocolError'
  }
}

/** A frame is larger than the end that is to take it in allows. */
export class FrameTooLarge extends CommError {
  static {
    FrameTooLarge.prototype.name = 'FrameTooLarge'
  }
}

/** Something else listens at the address already. */
export class AddressInUse extends CommError {
  static {
    AddressInUse.prototype.name = 'AddressInUse'
  }
}

/** This process cannot listen at the address, for another reason than its being in use. */
export class ListenError extends CommError {
  static {
    ListenError.prototype.name = 'ListenError'
  }
}
