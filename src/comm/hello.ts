import { PROTOCOL_VERSION, heddleVersion } from './version.js'

// The first bytes of either end, little-endian, of this size in every version to come, so that ends of different versions can
// tell each other: magic (8), protocol (u16), status (u16), zero (u32), the version of Heddle (24), the role (24), the largest
// frame taken in (f64), zero (8), nonce (32).

export const HELLO = 112
export const NONCE = 32
export const MAGIC = new Uint8Array([0x93, 0x68, 0x65, 0x64, 0x64, 0x6c, 0x65, 0x0a])
const TEXT = 24

/** What a listener thinks of whoever connects, before any proof. */
export const STATUS = {
  fine: 0,
  otherVersion: 1,
  expiredCertificate: 2,
  foreignCertificate: 3,
  busy: 4,
  wantsTls: 5,
} as const

export interface Hello {
  readonly protocol: number
  readonly status: number
  readonly version: string
  readonly role: string
  readonly maximumFrame: number
}

export function writeHello(
  role: string,
  nonce: Uint8Array,
  maximumFrame: number,
  status: number = STATUS.fine,
  protocol: number = PROTOCOL_VERSION,
): Uint8Array {
  const bytes = new Uint8Array(HELLO)
  const view = new DataView(bytes.buffer)
  bytes.set(MAGIC)
  view.setUint16(8, protocol, true)
  view.setUint16(10, status, true)
  new TextEncoder().encodeInto(heddleVersion(), bytes.subarray(16, 16 + TEXT))
  new TextEncoder().encodeInto(role, bytes.subarray(40, 40 + TEXT))
  view.setFloat64(64, maximumFrame, true)
  bytes.set(nonce, 80)
  return bytes
}

/** What the bytes say; undefined if they are no hello. The texts hold nothing that a terminal would obey. */
export function readHello(bytes: Uint8Array): Hello | undefined {
  if (!startsWithMagic(bytes)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return {
    protocol: view.getUint16(8, true),
    status: view.getUint16(10, true),
    version: textAt(bytes, 16),
    role: textAt(bytes, 40),
    maximumFrame: view.getFloat64(64, true),
  }
}

/** Whether these may be the first bytes of a hello, as far as they go. */
export function startsWithMagic(bytes: Uint8Array): boolean {
  const n = Math.min(bytes.length, MAGIC.length)
  for (let i = 0; i < n; i++) if (bytes[i] !== MAGIC[i]) return false
  return n > 0
}

/** Whether a role fits: a word of up to 24 letters, digits, dots and hyphens. */
export function isRole(role: string): boolean {
  return /^[A-Za-z0-9.-]{1,24}$/.test(role)
}

function textAt(bytes: Uint8Array, at: number): string {
  const field = bytes.subarray(at, at + TEXT)
  const end = field.indexOf(0)
  const text = Buffer.from(end < 0 ? field : field.subarray(0, end)).toString('latin1')
  return text.replace(/[^A-Za-z0-9.+-]/g, '?')
}
