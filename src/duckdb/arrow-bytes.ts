import type { Table } from 'apache-arrow'
import { arrowLibrary } from './library.js'

/** An Arrow table as the bytes of Arrow's own format. */
export function arrowToBytes(table: Table): Uint8Array {
  return arrowLibrary().tableToIPC(table, 'stream')
}

/** The table of such bytes: views of them, nothing is copied. */
export function arrowFromBytes(bytes: Uint8Array): Table {
  return arrowLibrary().tableFromIPC(bytes)
}
