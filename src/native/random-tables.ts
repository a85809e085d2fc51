import { Buffer } from 'node:buffer'
import { zigguratTables } from './ziggurat-tables.js'

let tables: Uint8Array | undefined

/** The tables that random numbers are made with, as `useTables` of the native kernels wants them. */
export const bytesOfTables = (): Uint8Array => (tables ??= Buffer.from(zigguratTables, 'base64'))
