import { asError } from '../../base/index.js'
import { type MessageSocket, heddleVersion } from '../../comm/index.js'
import { encodeDigest } from '../../model/index.js'
import type { DashboardSource } from './source.js'

/** A page that takes so many bytes less than it is sent is cut off: it connects again and begins anew. */
const MOST_WAITING = 32 * 2 ** 20

interface Question {
  readonly id: number
  readonly ask: string
  readonly args?: unknown
}

/** Tells a page what goes on, and answers it, until it goes. Gives a function that ends it. */
export function servePage(source: DashboardSource, socket: MessageSocket): () => void {
  const { id, title, wallOffset } = source
  socket.send(JSON.stringify({ hello: { id, title, wallOffset, heddle: heddleVersion() } }))
  let stopped = false
  const stop = source.follow((digest) => {
    if (socket.waiting > MOST_WAITING) socket.close()
    else socket.send(encodeDigest(digest))
  })
  const end = (): void => {
    if (stopped) return
    stopped = true
    stop()
    socket.close()
  }
  socket.onClose = end
  socket.onText = (text) => void answer(source, socket, text)
  return end
}

async function answer(source: DashboardSource, socket: MessageSocket, text: string): Promise<void> {
  let question: Question
  try {
    question = JSON.parse(text) as Question
  } catch {
    // No page of ours says this.
    socket.close()
    return
  }
  const { id, ask, args } = question
  let reply: string
  try {
    reply = JSON.stringify({ id, answer: (await source.ask(ask, args)) ?? null })
  } catch (error) {
    reply = JSON.stringify({ id, error: asError(error).message })
  }
  socket.send(reply)
}
