import { FrameTooLarge } from './errors.js'
import { formatBytes } from '../base/index.js'

// A frame on the wire, little-endian: length of the body (u32, then u16 for the upper bits), kind (u8), mark (u8), then the
// body, then zeros up to a multiple of 8, so that bodies are aligned wherever the stream is.

export const HEADER = 8
/** In the place of the mark: a frame of the protocol above, or the last one of all, by which an end says that it closes. */
export const MARK_FRAME = 0xf7
export const MARK_GOODBYE = 0xf8
/** From this size on the owner of a connection is asked for memory. */
export const LARGE = 16 * 1024

/** How many zeros follow a body of this length. */
export function paddingOf(length: number): number {
  return -length & 7
}

export function writeHeader(target: Uint8Array, at: number, kind: number, length: number, mark: number): void {
  target[at] = length
  target[at + 1] = length >>> 8
  target[at + 2] = length >>> 16
  target[at + 3] = length >>> 24
  const upper = Math.floor(length / 2 ** 32)
  target[at + 4] = upper
  target[at + 5] = upper >>> 8
  target[at + 6] = kind
  target[at + 7] = mark
}

export function readLength(source: Uint8Array, at: number): number {
  const lower = (source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24)) >>> 0
  return lower + (source[at + 4]! | (source[at + 5]! << 8)) * 2 ** 32
}

export function tooLarge(what: string, length: number, limit: number, limitOf: string): FrameTooLarge {
  return new FrameTooLarge(
    `${what} of ${formatBytes(length)} (${length} bytes) is larger than the ${formatBytes(limit)} that ${limitOf} takes in: ` +
      'send it in smaller pieces, or raise the setting comm.maximumFrame there',
  )
}
