/** What a client has uploaded. */
export interface Upload {
  /** a file, or a directory that is packed */
  readonly bytes: Uint8Array
  readonly directory: boolean
}
