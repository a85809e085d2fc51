import type { Session } from 'node:inspector'
import { createRequire } from 'node:module'
import { Untransferable } from './errors.js'
import { moduleScript } from './module-script.js'

/** Where V8 has a function: its parameter list (or constructor), both 0-based. */
export interface Site {
  readonly scriptId: string
  readonly line: number
  readonly column: number
}

export interface ScopeObject {
  /** "Closure (outer)", "Block", "Module", "Script", "Global" … from the inside out */
  readonly description: string
  /** the variables, as they are now */
  readonly object: Record<string, unknown>
}

export interface Bound {
  readonly target: unknown
  readonly self: unknown
  readonly args: unknown[]
}

export interface ScriptInfo {
  readonly scriptId: string
  readonly url: string
  readonly startLine: number
  readonly startColumn: number
  readonly isModule: boolean
  /** what the comment sourceMappingURL says; of inline maps only "data:" */
  readonly sourceMapURL: string
}

interface RemoteObject {
  readonly objectId?: string
  readonly value?: unknown
}
interface Thrown {
  readonly exceptionDetails?: {
    readonly stackTrace?: { readonly callFrames: readonly { readonly scriptId: string; readonly url: string }[] }
  }
}
interface Property {
  readonly name: string
  readonly value?: RemoteObject
}

/** A slot on `process`, the one object that is the same in all realms of a thread; one for each that is connected. */
const slot = '__heddle_transfer_'
let connected = 0
const nothing = Symbol('nothing')

let SessionClass: (new () => Session) | undefined
/** Scripts that were seen, for the life of the thread: ids are never used twice. */
const scripts = new Map<string, ScriptInfo>()

/**
 * Reads what JavaScript does not show of a function: where it was defined and the variables around it. Everything is
 * answered synchronously. To be closed in the same tick: a session that stays connected keeps every argument of
 * console.log alive, and an enabled debugger makes each `await` ten times slower.
 */
export class Inspector {
  #session: Session | undefined
  readonly #holder: { fn?: unknown; out?: unknown } = {}
  #slot = ''

  site(fn: object): Site | undefined {
    return siteIn(this.#internal(fn))
  }

  /** Site and scopes in one go. */
  look(fn: object): { site: Site | undefined; scopes: readonly ScopeObject[] } {
    const internal = this.#internal(fn)
    const scopes = internal.find((p) => p.name === '[[Scopes]]')?.value?.objectId
    return {
      site: siteIn(internal),
      scopes: scopes === undefined ? [] : Array.from(this.#take(scopes) as ArrayLike<ScopeObject>),
    }
  }

  /** What Function.prototype.bind was called with; undefined if the function was not made by it. */
  bound(fn: object): Bound | undefined {
    const internal = this.#internal(fn)
    const target = internal.find((p) => p.name === '[[TargetFunction]]')?.value
    if (target === undefined) return undefined
    const read = (name: string): unknown => {
      const value = internal.find((p) => p.name === name)?.value
      return value?.objectId === undefined ? value?.value : this.#take(value.objectId)
    }
    return {
      target: read('[[TargetFunction]]'),
      self: read('[[BoundThis]]'),
      args: Array.from(read('[[BoundArgs]]') as ArrayLike<unknown>),
    }
  }

  script(scriptId: string): ScriptInfo {
    let script = scripts.get(scriptId)
    if (script === undefined) {
      script = this.#scriptOfCaller(scriptId)
      if (script === undefined) this.#debugging(() => undefined)
      script ??= scripts.get(scriptId) ?? { scriptId, url: '', startLine: 0, startColumn: 0, isModule: false, sourceMapURL: '' }
    }
    return script
  }

  /** The newest script of a URL. */
  scriptOf(url: string): ScriptInfo | undefined {
    let found: ScriptInfo | undefined
    for (const script of scripts.values()) if (script.url === url) found = script
    return found
  }

  source(scriptId: string): string {
    return this.#debugging(() => this.#post<{ scriptSource: string }>('Debugger.getScriptSource', { scriptId }).scriptSource)
  }

  close(): void {
    if (this.#session === undefined) return
    this.#session.disconnect()
    this.#session = undefined
    connected--
    Reflect.deleteProperty(process, this.#slot)
  }

  #internal(fn: object): readonly Property[] {
    this.#connect(fn)
    this.#holder.fn = fn
    const { result } = this.#post<{ result: RemoteObject }>('Runtime.evaluate', { expression: `process.${this.#slot}.fn` })
    const { internalProperties } = this.#post<{ internalProperties?: Property[] }>('Runtime.getProperties', {
      objectId: result.objectId,
      ownProperties: true,
    })
    this.#holder.fn = undefined
    return internalProperties ?? []
  }

  /** The JavaScript value behind a remote object. */
  #take(objectId: string): unknown {
    this.#holder.out = nothing
    this.#post('Runtime.callFunctionOn', { functionDeclaration: `function(){process.${this.#slot}.out=this}`, objectId })
    if (this.#holder.out === nothing) {
      // In another realm there may be no `process`: the slot has to be given.
      const holder = this.#post<{ result: RemoteObject }>('Runtime.evaluate', { expression: `process.${this.#slot}` }).result
        .objectId
      const give = { functionDeclaration: 'function(holder){holder.out=this}', objectId, arguments: [{ objectId: holder }] }
      this.#post('Runtime.callFunctionOn', give)
    }
    const { out } = this.#holder
    this.#holder.out = undefined
    return out
  }

  /**
   * The script, if its code is what called: functions are mostly written where they are used. For all others the debugger has to
   * be asked, which tells of every script there is, and hashes each: a fifth of the time to the first result of a small program.
   */
  #scriptOfCaller(scriptId: string): ScriptInfo | undefined {
    this.#connect()
    // Only then the stack of what is thrown is kept.
    this.#post('Runtime.enable')
    const { exceptionDetails } = this.#post<Thrown>('Runtime.evaluate', { expression: 'throw 0', silent: true })
    this.#post('Runtime.disable')
    const frame = exceptionDetails?.stackTrace?.callFrames.find((each) => each.scriptId === scriptId)
    const script = frame && moduleScript(scriptId, frame.url)
    return script && remember(script)
  }

  #debugging<T>(work: () => T): T {
    this.#connect()
    const session = this.#session!
    const listen = ({ params }: { params: ScriptInfo }): void => void remember(params)
    session.on('Debugger.scriptParsed', listen)
    this.#post('Debugger.enable')
    try {
      return work()
    } finally {
      this.#post('Debugger.disable')
      session.off('Debugger.scriptParsed', listen)
    }
  }

  #connect(fn?: object): void {
    if (this.#session !== undefined) return
    try {
      SessionClass ??= (createRequire(import.meta.url)('node:inspector') as { Session: new () => Session }).Session
      const session = new SessionClass()
      session.connect()
      this.#session = session
    } catch (error) {
      throw new Untransferable(
        `cannot be read: the inspector of this process is not available (${(error as { code?: string }).code ?? String(error)}; --permission forbids it)`,
        "Use a task module: export const name = task(import.meta.url, 'name', fn).",
        fn,
        true,
      )
    }
    this.#slot = `${slot}${connected++}`
    Object.defineProperty(process, this.#slot, { value: this.#holder, configurable: true, enumerable: false })
  }

  #post<T>(method: string, parameters: object = {}): T {
    let answer: unknown
    let failure: Error | null = null
    this.#session!.post(method, parameters, (error, result) => {
      failure = error
      answer = result
    })
    if (failure !== null) throw failure as Error
    return answer as T
  }
}

function remember({ scriptId, url, startLine, startColumn, isModule, sourceMapURL }: ScriptInfo): ScriptInfo {
  // The maps of all scripts would be megabytes; the source of the script has it once more.
  const map = sourceMapURL.startsWith('data:') ? 'data:' : sourceMapURL
  const script = { scriptId, url, startLine, startColumn, isModule, sourceMapURL: map }
  scripts.set(scriptId, script)
  return script
}

function siteIn(internal: readonly Property[]): Site | undefined {
  const found = internal.find((p) => p.name === '[[FunctionLocation]]')?.value?.value as
    | { scriptId: string; lineNumber: number; columnNumber: number }
    | undefined
  return found && { scriptId: found.scriptId, line: found.lineNumber, column: found.columnNumber }
}
