import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ArgumentError } from '../base/index.js'
import { workerContext } from './worker-context.js'

/**
 * In a task: imports a module that `Client.uploadFile` has brought to the workers, by the name of its file. When it was
 * uploaded again, the new one.
 *
 * @throws ArgumentError when no file of that name was uploaded, or outside of a worker.
 * @example
 * await client.uploadFile('model.mjs')
 * const price = client.submit(async (x: number) => {
 *   const model = await uploaded<{ predict(x: number): number }>('model.mjs')
 *   return model.predict(x)
 * }, 3)
 */
export async function uploaded<M extends object = Record<string, unknown>>(name: string): Promise<M> {
  const file = uploadedFile(name)
  // One that was uploaded again is another module.
  const version = statSync(file).mtimeMs
  return (await import(`${pathToFileURL(file).href}?version=${version}`)) as M
}

/**
 * In a task: the path of a file that `Client.uploadFile` has brought to the workers: of data, say.
 *
 * @throws ArgumentError when no file of that name was uploaded, or outside of a worker.
 */
export function uploadedFile(name: string): string {
  const context = workerContext()
  if (!context) throw new ArgumentError(`uploaded('${name}') can be called in tasks only, on a worker of a cluster`)
  if (basename(name) !== name) throw new ArgumentError(`uploaded files have plain names, without folders; '${name}' is none`)
  const file = join(context.uploads, name)
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new ArgumentError(`no file ${name} was uploaded to ${context.name}: Client.uploadFile does that`)
  }
  return file
}
