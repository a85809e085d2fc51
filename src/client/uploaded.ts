import { realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ArgumentError } from '../base/index.js'
import { workerContext } from './worker-context.js'

/**
 * In a task: imports a module that `Client.uploadFile` or `Client.uploadDirectory` has brought to the workers, by the name
 * of its file, or its path in the directory. When it was uploaded again, the new one.
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
  const { href } = pathToFileURL(file)
  // One that was uploaded again is another module; directories are elsewhere each time.
  return (await import(name.includes('/') ? href : `${href}?version=${statSync(file).mtimeMs}`)) as M
}

/**
 * In a task: the path of a file or directory that `Client.uploadFile` or `Client.uploadDirectory` has brought to the
 * workers, or of what is in such a directory: of data, say.
 *
 * @throws ArgumentError when nothing of that name was uploaded, or outside of a worker.
 */
export function uploadedFile(name: string): string {
  const context = workerContext()
  if (!context) throw new ArgumentError(`uploaded('${name}') can be called in tasks only, on a worker of a cluster`)
  const parts = name.split('/')
  if (/[\\\0]/.test(name) || parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new ArgumentError(`what was uploaded is named as it was, such as 'model.mjs' or 'folder/model.mjs', and not '${name}'`)
  const path = join(context.uploads, ...parts)
  if (!statSync(path, { throwIfNoEntry: false })) {
    throw new ArgumentError(
      `no file ${name} was uploaded to ${context.name}: Client.uploadFile and Client.uploadDirectory do that`,
    )
  }
  const real = realpathSync(path)
  // What is in a directory may be a link.
  if (!real.startsWith(realpathSync(context.uploads) + sep)) throw new ArgumentError(`${name} leads out of what was uploaded`)
  return real
}
