import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Config, createConfig } from '../../src/config/config.js'

/** Settings over folders of a test's own, with every file, variable and warning in its hands. */
export interface Bench {
  readonly root: string
  readonly environment: Record<string, string>
  readonly warnings: string[]
  readonly config: Config
  /** Writes a file below the root and gives its path. */
  readonly file: (path: string, ...lines: string[]) => string
}

export function bench(t: TestContext): Bench {
  const root = mkdtempSync(join(tmpdir(), 'heddle-config-'))
  t.after(() => rmSync(root, { recursive: true }))
  for (const folder of ['etc', 'home', 'work']) mkdirSync(join(root, folder))
  const environment: Record<string, string> = {}
  const warnings: string[] = []
  const config = createConfig(
    () => ({ environment, systemFolder: join(root, 'etc'), homeFolder: join(root, 'home'), workingFolder: join(root, 'work') }),
    (message) => warnings.push(message),
  )
  const file = (path: string, ...lines: string[]) => {
    const full = join(root, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, lines.map((line) => `${line}\n`).join(''))
    return full
  }
  return { root, environment, warnings, config, file }
}
