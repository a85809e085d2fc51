import { ArgumentError, describe } from '../base/index.js'
import type { Credentials } from '../comm/index.js'

/** A cluster that is running, or a scheduler of which one knows enough. */
export interface ClusterTarget {
  readonly address: string
  readonly credentials: Credentials
}

/** A cluster of this machine that is started for the client, and ends with it. */
export interface LocalTarget {
  /** worker processes; as many as suit this machine unless told */
  readonly workers?: number
  /** threads of each of them that run tasks */
  readonly threadsPerWorker?: number
  /** the memory of each worker: '2 GiB', a number of bytes */
  readonly memoryLimit?: number | string
}

/** What a client can connect to: an address, a scheduler file, a cluster, or the size of one that is to be started. */
export type Target = string | { readonly schedulerFile: string } | ClusterTarget | LocalTarget

/** A cluster that was started for a client. */
export interface StartedCluster extends ClusterTarget {
  close(): Promise<void>
}

export type ClusterStarter = (target: LocalTarget) => Promise<StartedCluster>

/** Where a scheduler may be, in the order to be tried, and what ends with the client. */
export interface Resolved {
  readonly addresses: readonly string[]
  readonly credentials: Credentials
  readonly close?: () => Promise<void>
}

let starter: ClusterStarter | undefined

/** Says how clusters of this machine are started: whoever puts the package together knows. */
export function startClustersWith(start: ClusterStarter): void {
  starter = start
}

export async function resolveTarget(target: Target, security: Credentials | undefined): Promise<Resolved> {
  if (typeof target === 'string') {
    if (!security) {
      throw new ArgumentError(
        `connect: ${target} lets in only who knows the token of its cluster. Give it ({ security }), or connect by the scheduler file`,
      )
    }
    return { addresses: [target], credentials: security }
  }
  if (typeof target !== 'object' || target === null) {
    throw new ArgumentError(`connect: ${describe(target)} is no cluster, no address, no { schedulerFile } and no { workers }`)
  }
  if ('schedulerFile' in target) {
    const { readSchedulerFile } = await import('../protocol/index.js')
    const { addresses, credentials } = await readSchedulerFile(target.schedulerFile)
    return { addresses, credentials: security ?? credentials }
  }
  if ('address' in target) return { addresses: [target.address], credentials: security ?? target.credentials }
  if (!starter) throw new ArgumentError('connect: to start a cluster, import Client from heddle itself')
  const cluster = await starter(target)
  return { addresses: [cluster.address], credentials: cluster.credentials, close: () => cluster.close() }
}
