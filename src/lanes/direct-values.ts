/** Strings up to this length go inside messages; longer ones are encoded once, where they are made. */
const LONGEST = 256

/** Whether a value is so small that it goes inside a message as it is. */
export function isDirect(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return true
    case 'string':
      return value.length <= LONGEST
    case 'bigint':
      return value >= -0x8000000000000000n && value <= 0x7fffffffffffffffn
    default:
      return value === null
  }
}

/** What a direct value counts as, in bytes. */
export function directBytes(value: unknown): number {
  return typeof value === 'string' ? 8 + value.length : 8
}
