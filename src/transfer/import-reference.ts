import { existsSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { heddlePath, moduleExport, packageFile } from './module-reference.js'
import type { ModuleReference } from './module-reference.js'
import { pathOf, urlOf } from './script.js'
import type { Script } from './script.js'
import type { ImportBinding } from './script-imports.js'

/**
 * The reference to something that a file of the program imported from Node, from a package or from Heddle. Undefined
 * for the program's own modules, which travel by value.
 */
export function bindingReference(
  binding: ImportBinding,
  name: string,
  value: unknown,
  script: Script,
): ModuleReference | undefined {
  const { specifier, via } = binding
  if (isBuiltin(specifier)) {
    const plain = specifier.startsWith('node:') ? specifier : `node:${specifier}`
    return { kind: 'builtin', specifier: plain, export: name === 'default' ? '*' : name }
  }
  if (isAbsolute(specifier) || /^(\.{1,2}\/|file:)/.test(specifier)) {
    const file = fileOf(specifier, script.path)
    return file === undefined ? undefined : byFile(file, name)
  }
  if (!isAbsolute(script.path)) return undefined
  const require = createRequire(script.path)
  const resolved = resolvePackage(require, specifier)
  if (resolved === undefined) return undefined
  const heddle = resolved === '' ? undefined : heddlePath(urlOf(resolved))
  if (heddle !== undefined) return moduleExport(urlOf(resolved), name)
  if (resolved !== '' && !resolved.includes(`${sep}node_modules${sep}`)) return undefined
  const from = script.path
  if (via === 'import' || via === 'vite') return { kind: 'import', specifier, from, export: name }
  // What compilers put around require() has the module itself as its default.
  return { kind: 'require', specifier, from, export: require(specifier) === value ? '*' : name }
}

function byFile(file: string, name: string): ModuleReference | undefined {
  const url = urlOf(file)
  return heddlePath(url) === undefined ? packageFile(file, name) : moduleExport(url, name)
}

/** The file that a path in an import means; vitest writes them relative to the root of its project. */
function fileOf(specifier: string, importer: string): string | undefined {
  if (specifier.startsWith('file:')) return pathOf(specifier)
  if (specifier.startsWith('/@fs/')) return specifier.slice('/@fs'.length)
  if (!isAbsolute(specifier)) return isAbsolute(importer) ? resolve(dirname(importer), specifier) : undefined
  if (existsSync(specifier)) return specifier
  for (let folder = dirname(importer); ; folder = dirname(folder)) {
    if (existsSync(join(folder, specifier))) return join(folder, specifier)
    if (dirname(folder) === folder) return undefined
  }
}

/** The file of a package; '' for a package that can be imported only; undefined for a name that is no package (an alias). */
function resolvePackage(require: NodeJS.Require, specifier: string): string | undefined {
  try {
    return require.resolve(specifier)
  } catch (error) {
    return (error as { code?: string }).code === 'MODULE_NOT_FOUND' ? undefined : ''
  }
}
