export { parseAddress, type Address } from './address.js'
export type { Comm, CommEvents, ConnectOptions, Credentials, ListenOptions, Listener } from './comm.js'
export {
  AddressInUse,
  AuthenticationError,
  CertificateError,
  CommError,
  ConnectError,
  ConnectTimeout,
  ConnectionLost,
  ConnectionRejected,
  FrameTooLarge,
  ListenError,
  ProtocolError,
  VersionMismatch,
} from './errors.js'
export { type MessageSocket, acceptMessages, connect, listen, preloadTransports } from './on-demand.js'
export { Security, type TemporaryOptions, generateToken, keyFor, linkWithKey } from './security.js'
export { heddleVersion } from './version.js'
