import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { ByteSource } from './byte-source.js'
import type { Credentials } from './comm.js'
import { AuthenticationError, CertificateError, CommError, ConnectionRejected, ProtocolError, VersionMismatch } from './errors.js'
import { HELLO, type Hello, NONCE, STATUS, readHello, writeHello } from './hello.js'
import type { Pipe } from './pipe.js'
import { PROTOCOL_VERSION, heddleVersion } from './version.js'

// Both ends prove that they know the token, without showing it and before anything else is looked at:
//
//   connector → listener   hello
//   listener → connector   hello, proof
//   connector → listener   proof
//   listener → connector   verdict (u8: 0 welcome, 1 rejected; zero; u16: length of the reason; zeros up to 8), the reason
//
// A proof is the HMAC-SHA256, keyed by the token, of which end it comes from, both hellos (nonces, versions, roles) and, over
// TLS, a secret of the session. Fresh nonces make replays worthless, the name of the end makes reflections so, the secret of
// the session makes a relay by somebody in the middle so. The listener proves first: whoever sits on its port learns nothing.

const PROOF = 32
const VERDICT = 8
const MOST_REASON = 1024

/** What an end knows after both have proved themselves. */
export interface Agreement {
  readonly role: string
  /** the largest frame that the other end takes in */
  readonly peerMaximum: number
  /** bytes that came after the handshake already, so far */
  rest(): Uint8Array
}

/** What an end brings into a handshake. */
export interface Proving {
  readonly token: Uint8Array
  readonly maximumFrame: number
  readonly signal: AbortSignal
  /** what is told to the other end instead of a proof, one of STATUS, and what that means here */
  readonly refusal?: { readonly status: number; readonly error: Error } | undefined
}

/** The part of the end that connected. */
export async function proveAsConnector(pipe: Pipe, role: string, own: Proving): Promise<Agreement> {
  const source = sourceOf(pipe, own.signal)
  const hello = writeHello(role, randomBytes(NONCE), own.maximumFrame)
  pipe.write([hello], ignore)
  const answer = await source.take(HELLO)
  const theirs = readHello(answer)
  if (theirs === undefined)
    throw new ProtocolError(`${pipe.peer} is not a Heddle: it answered with something else; check the address and the port`)
  checkStatus(theirs, pipe.peer)
  checkVersion(theirs, pipe.peer)
  const proof = await source.take(PROOF)
  if (!timingSafeEqual(proof, proofOf('listener', own.token, hello, answer, pipe.binding)))
    throw new AuthenticationError(
      `${pipe.peer} does not know the token of this cluster: another cluster, or a stranger, listens there. ` +
        'Check the address, and that both ends use the same token or scheduler file',
    )
  pipe.write([proofOf('connector', own.token, hello, answer, pipe.binding)], ignore)
  const verdict = await source.take(VERDICT)
  if (verdict[0] !== 0) {
    const length = verdict[2]! | (verdict[3]! << 8)
    const reason = Buffer.from(await source.take(Math.min(length, MOST_REASON))).toString()
    throw new ConnectionRejected(`${pipe.peer} turned this ${role} away: ${reason}`)
  }
  return { role: theirs.role, peerMaximum: theirs.maximumFrame, rest: () => source.rest() }
}

/**
 * The part of the end that listens. `admit` looks at the role of an end that has proved itself and throws to reject it;
 * then the other end is told why.
 */
export async function proveAsListener(pipe: Pipe, own: Proving, admit: (agreement: Agreement) => void): Promise<void> {
  const source = sourceOf(pipe, own.signal)
  const hello = await source.take(HELLO)
  const theirs = readHello(hello)
  if (theirs === undefined) throw new ProtocolError(`${pipe.peer} connected and sent something that Heddle does not speak`)
  const matches = theirs.protocol === PROTOCOL_VERSION
  const status = own.refusal?.status ?? (matches ? STATUS.fine : STATUS.otherVersion)
  const answer = writeHello('listener', randomBytes(NONCE), own.maximumFrame, status)
  if (status !== STATUS.fine) {
    pipe.write([answer], ignore)
    checkVersion(theirs, pipe.peer)
    throw own.refusal!.error
  }
  pipe.write([answer, proofOf('listener', own.token, hello, answer, pipe.binding)], ignore)
  const proof = await source.take(PROOF)
  if (!timingSafeEqual(proof, proofOf('connector', own.token, hello, answer, pipe.binding)))
    throw new AuthenticationError(`${pipe.peer} connected as ${theirs.role} and does not know the token of this cluster`)
  try {
    admit({ role: theirs.role, peerMaximum: theirs.maximumFrame, rest: () => source.rest() })
  } catch (error) {
    const reason = Buffer.from(error instanceof Error ? error.message : String(error)).subarray(0, MOST_REASON)
    const verdict = new Uint8Array(VERDICT)
    verdict[0] = 1
    verdict[2] = reason.length
    verdict[3] = reason.length >>> 8
    pipe.write([verdict, reason], ignore)
    throw error
  }
}

/** What a listener says last: the other end is welcome. */
export function welcome(pipe: Pipe): void {
  pipe.write([new Uint8Array(VERDICT)], ignore)
}

export function checkCredentials(credentials: Credentials): void {
  if (!(credentials?.token instanceof Uint8Array) || credentials.token.length !== 32)
    throw new AuthenticationError('the token of a cluster is 32 bytes: make one with generateToken() or Security.temporary()')
}

function checkVersion(theirs: Hello, peer: string): void {
  if (theirs.protocol === PROTOCOL_VERSION) return
  throw new VersionMismatch(
    `${peer} runs Heddle ${theirs.version} (protocol ${theirs.protocol}), this process runs Heddle ${heddleVersion()} ` +
      `(protocol ${PROTOCOL_VERSION}): install the same version on both ends`,
  )
}

/** What a listener says of this end, as an error of this end. */
function checkStatus(theirs: Hello, peer: string): void {
  switch (theirs.status) {
    case STATUS.expiredCertificate:
      throw new CertificateError(
        `${peer} refuses the certificate of this process: it has expired, or is not valid yet. Make new certificates for the ` +
          'cluster, and check the clocks of both machines',
      )
    case STATUS.foreignCertificate:
      throw new CertificateError(
        `${peer} refuses the certificate of this process: the CA of its cluster has not signed it. Use the certificates, or the ` +
          'scheduler file, of the same cluster on both ends',
      )
    case STATUS.busy:
      throw new CommError(`${peer} has too many connections that have not proved themselves yet: try again in a moment`)
    case STATUS.wantsTls:
      throw new CommError(`${peer} speaks TLS only: write ${peer.replace(/^tcp:/, 'tls:').replace(/^ws:/, 'wss:')}`)
  }
}

function proofOf(end: string, token: Uint8Array, hello: Uint8Array, answer: Uint8Array, binding: Uint8Array): Uint8Array {
  return createHmac('sha256', token).update(`heddle ${end}\n`).update(hello).update(answer).update(binding).digest()
}

function sourceOf(pipe: Pipe, signal: AbortSignal): ByteSource {
  const source = new ByteSource(pipe)
  const give = () => source.fail(signal.reason as Error)
  if (signal.aborted) give()
  else signal.addEventListener('abort', give, { once: true })
  return source
}

/** Of what is written in a handshake nobody waits for the end: what comes next says whether it arrived. */
function ignore(): void {}
