import { readFileSync } from 'node:fs'

/** The version of the rules by which two ends talk. Ends with different ones refuse each other. */
export const PROTOCOL_VERSION = 1

let version: string | undefined

/** The version of the package, which is told to the other end for messages. */
export function heddleVersion(): string {
  version ??= (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }).version
  return version
}
