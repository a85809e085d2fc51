import { readFileSync, realpathSync, statfsSync } from 'node:fs'
import { arch, cpus, freemem, platform, release, totalmem } from 'node:os'
import * as zlib from 'node:zlib'
import { HeddleError } from '../base/index.js'
import { availableCores, config } from '../config/index.js'
import { type ConfigFile, configFiles } from './config-files.js'
import { type Mount, mountOf } from '../memory/index.js'
import { highway, openBlas } from '../native/index.js'
import { version } from './version.js'
import { type WasmFeatures, wasmFeatures } from './wasm-features.js'

/** What `heddle info --json` prints. Sizes in bytes; null: there is none, or nobody knows. */
export interface SystemInfo {
  readonly heddle: string
  readonly node: { readonly version: string; readonly v8: string; readonly path: string }
  readonly system: { readonly platform: string; readonly arch: string; readonly release: string }
  /** how many cores this process may use, and how many the machine has */
  readonly cores: { readonly available: number; readonly present: number; readonly model: string }
  /** `limit`: the most that this process may use by its control group */
  readonly memory: { readonly total: number; readonly free: number; readonly limit: number | null }
  readonly temporaryDirectory: {
    readonly path: string
    /** why it cannot be used */
    readonly problem: string | null
    readonly total: number | null
    readonly free: number | null
    readonly mount: Mount | null
  }
  readonly sharedMemory: boolean
  readonly wasm: WasmFeatures
  /** needed to send closures to where they run */
  readonly inspector: boolean
  /** whether Node's zlib knows zstd */
  readonly zstd: boolean
  /** what arrays use of the system where it is there; null: it is not, or is switched off, or `problem` says why not */
  readonly libraries: { readonly openblas: SystemLibraryInfo; readonly highway: SystemLibraryInfo }
  readonly configFiles: readonly ConfigFile[]
}

export interface SystemLibraryInfo {
  readonly path: string | null
  readonly problem: string | null
}

/** Looks at the machine and at this process. */
export function systemInfo(): SystemInfo {
  return {
    heddle: version(),
    node: { version: process.versions.node, v8: process.versions.v8, path: process.execPath },
    system: { platform: platform(), arch: arch(), release: release() },
    cores: { available: availableCores(), present: cpus().length, model: cpus()[0]?.model.trim() ?? 'unknown' },
    memory: { total: totalmem(), free: process.availableMemory?.() ?? freemem(), limit: memoryLimit() },
    temporaryDirectory: temporaryDirectory(config.get('temporaryDirectory')),
    sharedMemory: typeof SharedArrayBuffer === 'function',
    wasm: wasmFeatures(),
    inspector: process.features.inspector,
    zstd: 'createZstdDecompress' in zlib,
    libraries: { openblas: libraryInfo(openBlas), highway: libraryInfo(highway) },
    configFiles: configFiles(),
  }
}

function memoryLimit(): number | null {
  const limit = process.constrainedMemory() ?? 0
  // Without a limit it is 0, or more than any machine has.
  return limit > 0 && limit < totalmem() ? limit : null
}

function libraryInfo(find: () => { readonly path: string } | undefined): SystemLibraryInfo {
  try {
    return { path: find()?.path ?? null, problem: null }
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    return { path: null, problem: error.message }
  }
}

function temporaryDirectory(path: string): SystemInfo['temporaryDirectory'] {
  try {
    const { bavail, blocks, bsize } = statfsSync(path)
    return {
      path,
      problem: null,
      total: blocks * bsize,
      free: bavail * bsize,
      mount: mountOf(realpathSync(path), mountInfo()) ?? null,
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return { path, problem: error.message, total: null, free: null, mount: null }
  }
}

/** Only Linux has it. */
function mountInfo(): string {
  return platform() === 'linux' ? readFileSync('/proc/self/mountinfo', 'utf8') : ''
}
