import { isDirect } from '../../lanes/index.js'
import { decode, prepare } from '../../transfer/index.js'

/** A value that is so small that it goes inside messages; else the bytes themselves. */
export function primitive(bytes: Uint8Array): unknown {
  if (bytes.byteLength > 300 || prepare(bytes) !== undefined) return bytes
  const value = decode(bytes)
  return isDirect(value) ? value : bytes
}
