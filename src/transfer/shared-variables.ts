import type { CodeTable, FunctionCode } from './code-table.js'
import type { AnyFunction, Plan } from './function-code.js'
import type { Origin } from './function-origin.js'
import type { Inspector } from './inspector.js'

interface Use {
  readonly functions: Set<AnyFunction>
  readonly codes: Set<FunctionCode>
  /** captures of which it is not known yet that the variable is the top-level one */
  readonly plans: Set<Plan>
  assigned: boolean
}

/**
 * Functions of one file that are sent together and use the same top-level variable go on sharing it, if one of them
 * assigns to it: `let count = 0; const next = () => ++count`. Variables of inner scopes cannot be told apart (two calls
 * of one function make two of each), so every closure has its own copy of those.
 */
export class SharedVariables {
  /** by script, or by the cells that functions shared already when they arrived here */
  readonly #uses = new Map<unknown, Map<string, Use>>()
  #anyAssigned = false

  add(fn: AnyFunction, plan: Plan): void {
    for (const { name, assigned } of plan.variables) this.#use(plan.site.scriptId, name, fn, assigned).plans.add(plan)
  }

  addOrigin(fn: AnyFunction, { cells, code }: Origin): void {
    for (const name in cells) if (code.variables.includes(name)) this.#use(cells, name, fn, true).codes.add(code)
  }

  finish(table: CodeTable, inspector: Inspector): void {
    if (!this.#anyAssigned) return
    let group = 0
    for (const names of this.#uses.values()) {
      const cells = new Map<FunctionCode, number[]>()
      for (const [name, { functions, codes, plans, assigned }] of names) {
        if (!assigned || functions.size < 2) continue
        for (const { script, site, code } of plans) if (script.isTopLevel(inspector, site, name)) codes.add(code)
        for (const code of codes) cells.set(code, [...(cells.get(code) ?? []), code.variables.indexOf(name)])
      }
      for (const [code, variables] of cells) table.share(code, { group, variables })
      if (cells.size > 0) group++
    }
  }

  #use(scope: unknown, name: string, fn: AnyFunction, assigned: boolean): Use {
    let names = this.#uses.get(scope)
    if (names === undefined) this.#uses.set(scope, (names = new Map<string, Use>()))
    let use = names.get(name)
    if (use === undefined) names.set(name, (use = { functions: new Set(), codes: new Set(), plans: new Set(), assigned: false }))
    use.functions.add(fn)
    if (assigned) this.#anyAssigned = use.assigned = true
    return use
  }
}
