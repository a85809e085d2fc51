import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import type { SourceMapPayload } from 'node:module'
import { dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Inspector, ScriptInfo, Site } from './inspector.js'
import { Lru } from './lru.js'
import { children, isNode, parseProgram } from './parse.js'
import type { SyntaxNode } from './parse.js'
import { bound, lexicalNames, unexported, varNames } from './declared-names.js'
import { importsOf, moduleBodies, nameOf } from './script-imports.js'
import type { ImportBinding } from './script-imports.js'

interface Program {
  readonly source: string
  readonly lineStarts: readonly number[]
  readonly ast: SyntaxNode
}

/** Source texts and trees are large: those of a few scripts are kept, what was learned of them stays. */
const programs = new Lru<string, Program>(16)
const scripts = new Map<string, Script>()

export function scriptOf(inspector: Inspector, scriptId: string): Script {
  let script = scripts.get(scriptId)
  if (script === undefined) scripts.set(scriptId, (script = new Script(inspector.script(scriptId))))
  return script
}

/** One evaluated file: what its text says about imports, exports and scopes. Parsed when first asked. */
export class Script {
  readonly info: ScriptInfo
  /** the path of the file; the URL if it is not a file's */
  readonly path: string
  /** its URL */
  readonly url: string
  #imports: ReadonlyMap<string, ImportBinding> | undefined
  #map: SourceMap | null | undefined

  constructor(info: ScriptInfo) {
    this.info = info
    this.path = pathOf(info.url)
    this.url = urlOf(this.path)
  }

  imports(inspector: Inspector): ReadonlyMap<string, ImportBinding> {
    return (this.#imports ??= importsOf(this.#program(inspector).ast))
  }

  /** True if `name`, as code at `site` sees it, is declared at the top of the file. */
  isTopLevel(inspector: Inspector, site: Site, name: string): boolean {
    const program = this.#program(inspector)
    const offset = this.#offset(program, site)
    const top = new Set<SyntaxNode>(moduleBodies(program.ast).map((b) => b.owner))
    return !path(program.ast, offset).some((node) => !top.has(node) && declaredBy(node).has(name))
  }

  isSloppy(inspector: Inspector, site: Site): boolean {
    if (this.info.isModule) return false
    const program = this.#program(inspector)
    return !path(program.ast, this.#offset(program, site)).some(
      (node) => node.type === 'ClassBody' || isStrictBody(node) || (isNode(node['body']) && isStrictBody(node['body'])),
    )
  }

  /** The name under which a module exports the function with this text, if it is one of its top-level declarations. */
  exportedAs(inspector: Inspector, text: string): string | undefined {
    if (!this.info.isModule) return undefined
    const { ast, source } = this.#program(inspector)
    const statements = ast['body'] as SyntaxNode[]
    for (const statement of statements) {
      const declaration = unexported(statement)
      const isDefault = statement.type === 'ExportDefaultDeclaration'
      const [name, node] = declarationOf(declaration, text, source)
      if (node === undefined) continue
      if (isDefault) return 'default'
      if (declaration !== statement) return name
      return name === undefined ? undefined : specifierOf(statements, name)
    }
    return undefined
  }

  /** Where a place came from before a compiler changed the text; 1-based. */
  original(inspector: Inspector, line: number, column: number): { file: string; line: number; column: number } {
    const entry = this.#sourceMap(inspector)?.findEntry(line, column)
    if (entry === undefined || !('originalSource' in entry)) return { file: this.path, line: line + 1, column: column + 1 }
    const file = pathOf(entry.originalSource)
    return {
      file: isAbsolute(file) || file.includes(':') ? file : resolve(dirname(this.path), file),
      line: entry.originalLine + 1,
      column: entry.originalColumn + 1,
    }
  }

  get hasSourceMap(): boolean {
    return this.info.sourceMapURL !== ''
  }

  /** The column at which `text` begins, when its place is given by something further down (the constructor of a class). */
  startOf(inspector: Inspector, site: Site, text: string): { line: number; column: number } | undefined {
    const program = this.#program(inspector)
    const at = program.source.lastIndexOf(text, this.#offset(program, site))
    if (at < 0) return undefined
    let line = 0
    while (line + 1 < program.lineStarts.length && program.lineStarts[line + 1]! <= at) line++
    return {
      line: line + this.info.startLine,
      column: at - program.lineStarts[line]! + (line === 0 ? this.info.startColumn : 0),
    }
  }

  #program(inspector: Inspector): Program {
    let program = programs.get(this.info.scriptId)
    if (program === undefined) {
      const source = inspector.source(this.info.scriptId)
      const lineStarts = [0]
      for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) lineStarts.push(at + 1)
      program = { source, lineStarts, ast: parseProgram(source, this.info.isModule) }
      programs.set(this.info.scriptId, program)
    }
    return program
  }

  #offset(program: Program, site: Site): number {
    const line = site.line - this.info.startLine
    return (program.lineStarts[line] ?? 0) + site.column - (line === 0 ? this.info.startColumn : 0)
  }

  #sourceMap(inspector: Inspector): SourceMap | undefined {
    if (this.#map === undefined) {
      const payload = this.hasSourceMap ? this.#mapPayload(inspector) : undefined
      this.#map = payload === undefined ? null : new SourceMap(payload)
    }
    return this.#map ?? undefined
  }

  #mapPayload(inspector: Inspector): SourceMapPayload | undefined {
    try {
      if (this.info.sourceMapURL !== 'data:') {
        return JSON.parse(readFileSync(resolve(dirname(this.path), this.info.sourceMapURL), 'utf8')) as SourceMapPayload
      }
      const source = inspector.source(this.info.scriptId)
      const url = source.slice(source.lastIndexOf('sourceMappingURL=data:')).split(/\s/, 1)[0]!
      return JSON.parse(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64').toString()) as SourceMapPayload
    } catch {
      // A map that is not shipped or not JSON: places in the compiled file are still right.
      return undefined
    }
  }
}

export function pathOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url
}

export function urlOf(pathOrUrl: string): string {
  return isAbsolute(pathOrUrl) ? pathToFileURL(pathOrUrl).href : pathOrUrl
}

/** The nodes around an offset, outermost first. */
function path(ast: SyntaxNode, offset: number): SyntaxNode[] {
  const found: SyntaxNode[] = []
  let node: SyntaxNode | undefined = ast
  while (node !== undefined) {
    found.push(node)
    let inner: SyntaxNode | undefined
    for (const child of children(node)) if (child.start <= offset && offset < child.end) inner = child
    node = inner
  }
  return found
}

/** The names that a node of the syntax tree declares for what is inside it. */
function declaredBy(node: SyntaxNode): Set<string> {
  const names = new Set<string>()
  if (/Function/.test(node.type)) {
    for (const p of node['params'] as SyntaxNode[]) bound(p, names)
    const body = node['body'] as SyntaxNode
    if (body.type === 'BlockStatement') varNames(body['body'] as SyntaxNode[], names)
    if (node.type === 'FunctionExpression' && isNode(node['id'])) names.add(node['id']['name'] as string)
  } else if (node.type === 'BlockStatement' || node.type === 'StaticBlock') {
    for (const name of lexicalNames(node['body'] as SyntaxNode[])) names.add(name)
  } else if (node.type === 'ClassExpression' && isNode(node['id'])) names.add(node['id']['name'] as string)
  else if (node.type === 'CatchClause' && isNode(node['param'])) bound(node['param'], names)
  else if (node.type.startsWith('For')) {
    const head = (node['init'] ?? node['left']) as SyntaxNode | null
    if (isNode(head)) for (const name of lexicalNames([head])) names.add(name)
  } else if (node.type === 'SwitchStatement') {
    for (const name of lexicalNames((node['cases'] as SyntaxNode[]).flatMap((c) => c['consequent'] as SyntaxNode[])))
      names.add(name)
  }
  return names
}

function isStrictBody(node: SyntaxNode): boolean {
  const statements = node['body']
  return Array.isArray(statements) && statements.some((s: SyntaxNode) => s['directive'] === 'use strict')
}

/** The name and node of a top-level function, class or variable whose text is `text`. */
function declarationOf(declaration: SyntaxNode, text: string, source: string): [string | undefined, SyntaxNode | undefined] {
  if (declaration.type === 'VariableDeclaration') {
    for (const d of declaration['declarations'] as SyntaxNode[]) {
      const init = d['init'] as SyntaxNode | null
      if (init !== null && source.slice(init.start, init.end).includes(text) && init.end - init.start < text.length + 200) {
        return [nameOf(d['id'] as SyntaxNode), init]
      }
    }
    return [undefined, undefined]
  }
  if (source.slice(declaration.start, declaration.end) !== text) return [undefined, undefined]
  return [isNode(declaration['id']) ? nameOf(declaration['id']) : undefined, declaration]
}

function specifierOf(statements: readonly SyntaxNode[], local: string): string | undefined {
  for (const statement of statements) {
    if (statement.type !== 'ExportNamedDeclaration' || isNode(statement['source'])) continue
    for (const s of statement['specifiers'] as SyntaxNode[])
      if (nameOf(s['local'] as SyntaxNode) === local) return nameOf(s['exported'] as SyntaxNode)
  }
  return undefined
}
