import type { AnyFunction } from './function-code.js'
import type { Inspector, Site } from './inspector.js'
import { commonJsExport, heddlePath, isTaskModule, moduleExport, packageFile } from './module-reference.js'
import type { ModuleReference } from './module-reference.js'
import { scriptOf } from './script.js'

/**
 * The reference to a function that its file exports, if the file is one that workers can import: a package in
 * node_modules, Heddle itself, a task module. Undefined: it travels by value.
 */
export function libraryReference(fn: AnyFunction, text: string, site: Site, inspector: Inspector): ModuleReference | undefined {
  const script = scriptOf(inspector, site.scriptId)
  const { url } = script
  const inPackage = packageFile(script.path, '') !== undefined
  if (!inPackage && heddlePath(url) === undefined && !isTaskModule(url)) return undefined
  const name = script.exportedAs(inspector, text) ?? commonJsExport(script.path, fn, fn.name)
  if (name === undefined) return undefined
  return inPackage ? packageFile(script.path, name) : moduleExport(url, name)
}
