import { createHash } from 'node:crypto'

/** A content hash of 16 hexadecimal digits (64 bits of SHA-256) over texts and bytes, in their order. */
export function hashOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    // The length goes first, so that ['ab', 'c'] and ['a', 'bc'] differ.
    hash.update(`${part.length}:`)
    hash.update(part)
  }
  return hash.digest('hex').slice(0, 16)
}
