import { useEffect, useState } from 'preact/hooks'
import { RunModel } from '../../model/index.js'
import { Printed } from './printed.js'
import { type Connection, type Greeting, type Recording, Report, Server } from './connection.js'

/** Milliseconds between two drawings of what has come. */
const REFRESH = 250

/** What the page knows, and who draws it. */
class Store {
  model = new RunModel()
  greeting: Greeting | undefined
  state: 'connecting' | 'open' | 'broken' | 'ended' = 'connecting'
  connection!: Connection
  /** what workers print: asked for by the page that shows it */
  printed = new Printed()
  /** how often another scheduler has taken the place of the one that was followed */
  replacements = 0
  /** nothing that comes is drawn */
  paused = false
  readonly #drawers = new Set<() => void>()
  #scheduled = false
  #lastDrawn = 0

  open(recording: Recording | undefined): void {
    const listener = {
      greeted: (greeting: Greeting): void => {
        if (this.greeting && this.greeting.id !== greeting.id) this.replacements++
        // It begins anew: what comes now is all that there is.
        this.greeting = greeting
        this.model = new RunModel()
        this.printed = new Printed()
        this.changed()
      },
      digest: (digest: Parameters<RunModel['apply']>[0]): void => {
        this.model.apply(digest)
        this.changed()
      },
      state: (state: 'open' | 'broken' | 'ended'): void => {
        this.state = state
        this.changed()
      },
    }
    this.connection = recording ? new Report(recording, listener) : new Server(listener)
  }

  /** seconds since 1970 of a time of the model */
  wall(time: number): number {
    return time + (this.greeting?.wallOffset ?? 0)
  }

  /** seconds of the model's clock: now, or when the run ended */
  get now(): number {
    if (!this.connection.live || this.state !== 'open') return this.model.to
    return Math.max(this.model.to, Date.now() / 1000 - (this.greeting?.wallOffset ?? 0))
  }

  changed(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const wait = Math.max(0, this.#lastDrawn + REFRESH - performance.now())
    setTimeout(() => {
      requestAnimationFrame(() => {
        this.#scheduled = false
        this.#lastDrawn = performance.now()
        if (!this.paused) for (const draw of this.#drawers) draw()
      })
    }, wait)
  }

  draw(): void {
    for (const draw of this.#drawers) draw()
  }

  onChange(draw: () => void): () => void {
    this.#drawers.add(draw)
    return () => {
      this.#drawers.delete(draw)
    }
  }
}

export const store = new Store()

/** The model; what calls this is drawn again whenever it changes. */
export function useModel(): RunModel {
  const [, draw] = useState(0)
  useEffect(() => store.onChange(() => draw((n) => n + 1)), [])
  return store.model
}

/** The answer to a question, asked again every so many milliseconds while it is shown. */
export function useAnswer<T>(question: string, every?: number): { answer: T | undefined; error: string | undefined } {
  const [got, set] = useState<{ answer: T | undefined; error: string | undefined }>({ answer: undefined, error: undefined })
  useEffect(() => {
    let over = false
    let timer: number | undefined
    const ask = (): void => {
      store.connection.ask(question).then(
        (answer) => {
          if (!over) set({ answer: answer as T, error: undefined })
          again()
        },
        (error: Error) => {
          if (!over) set(({ answer }) => ({ answer, error: error.message }))
          again()
        },
      )
    }
    const again = (): void => {
      if (!over && every !== undefined && store.connection.live) timer = window.setTimeout(ask, every)
    }
    ask()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [question, every])
  return got
}
