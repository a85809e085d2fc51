import { deserialize, serialize } from 'node:v8'
import { promisify } from 'node:util'
import { ProtocolError } from './errors.js'

/** A file of a directory that travels. */
export interface PackedFile {
  readonly bytes: Uint8Array
  readonly executable: boolean
}

/** The files of a directory, by their paths in it, as bytes. */
export async function packFiles(files: ReadonlyMap<string, PackedFile>): Promise<Uint8Array> {
  const { gzip } = await import('node:zlib')
  return promisify(gzip)(serialize(files), { level: 1 })
}

/** @throws ProtocolError when a path leads out of the directory */
export async function unpackFiles(bytes: Uint8Array): Promise<Map<string, PackedFile>> {
  const { gunzip } = await import('node:zlib')
  const files = deserialize(await promisify(gunzip)(bytes)) as Map<string, PackedFile>
  for (const path of files.keys()) if (!staysInside(path)) throw new ProtocolError(`a file of the directory is called ${path}`)
  return files
}

/** Whether a path, with slashes, leads to something below where it begins. */
export function staysInside(path: string): boolean {
  return !/[\\\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}
