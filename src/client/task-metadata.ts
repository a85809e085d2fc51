import { ArgumentError } from '../base/index.js'
import type { HeldValue } from '../executor/index.js'
import { decode, prepare } from '../transfer/index.js'
import type { Client } from './client.js'
import type { ClientCore } from './core.js'
import { coreOfExecutor } from './owners.js'
import type { TaskMetadata } from './task-context.js'

/** See `Client.getTaskMetadata`. */
export async function taskMetadata(core: ClientCore, held: HeldValue): Promise<TaskMetadata> {
  const [bytes] = (await core.ask('notes', await core.namesOf([held]))) as (Uint8Array | undefined)[]
  return bytes ? opened(bytes) : {}
}

/** See `getTaskMetadata`. */
export async function metadataDuring<R>(
  client: Client,
  fn: () => R | PromiseLike<R>,
): Promise<{ readonly result: Awaited<R>; readonly metadata: Map<string, TaskMetadata> }> {
  const core = coreOfExecutor(client)
  if (!core) throw new ArgumentError('getTaskMetadata: the first argument must be a client')
  const id = await core.ask('collectNotes')
  let result: Awaited<R>
  try {
    result = await fn()
  } catch (error) {
    if (!core.ended) await core.ask('collectedNotes', id)
    throw error
  }
  const metadata = new Map<string, TaskMetadata>()
  for (const [key, bytes] of (await core.ask('collectedNotes', id)) as Map<string, Uint8Array>) {
    metadata.set(key, await opened(bytes))
  }
  return { result, metadata }
}

async function opened(bytes: Uint8Array): Promise<TaskMetadata> {
  await prepare(bytes)
  return decode(bytes) as TaskMetadata
}
