/*
 * A call of an actor and its answer, as frames. The worker's main thread, which passes them on, reads the numbers in front
 * only; the rest is for the thread that the actor lives in, and for the caller.
 */

/** What is wanted of an actor. */
export const CallKind = { method: 0, property: 1, alive: 2 } as const

/** What came of a call. */
export const CallStatus = { value: 0, thrown: 1, lost: 2 } as const

export interface CallMessage {
  readonly id: number
  readonly actor: number
  readonly kind: number
  readonly member: string
  /** the arguments, encoded */
  readonly args: Uint8Array
}

export interface AnswerMessage {
  readonly id: number
  readonly status: number
  /** encoded: the value, what was thrown, or why the actor is lost */
  readonly body: Uint8Array
}

const CALL_HEADER = 16
const ANSWER_HEADER = 8
const utf8 = new TextEncoder()
const text = new TextDecoder()

/** The parts of a frame. What is encoded stands at a multiple of 8, as decoding wants it. */
export function writeCall({ id, actor, kind, member, args }: CallMessage): Uint8Array[] {
  const name = utf8.encode(member)
  const header = new Uint8Array(CALL_HEADER + aligned(name.length))
  new Int32Array(header.buffer, 0, 4).set([id, actor, kind, name.length])
  header.set(name, CALL_HEADER)
  return args.length === 0 ? [header] : [header, args]
}

export function readCall(frame: Uint8Array): CallMessage {
  const [id, actor, kind, length] = new Int32Array(frame.buffer, frame.byteOffset, 4)
  const member = text.decode(frame.subarray(CALL_HEADER, CALL_HEADER + length!))
  return { id: id!, actor: actor!, kind: kind!, member, args: frame.subarray(CALL_HEADER + aligned(length!)) }
}

/** The numbers in front of a call. */
export function actorOfCall(frame: Uint8Array): { readonly id: number; readonly actor: number; readonly isQuestion: boolean } {
  const [id, actor, kind] = new Int32Array(frame.buffer, frame.byteOffset, 3)
  return { id: id!, actor: actor!, isQuestion: kind === CallKind.alive }
}

export function writeAnswer({ id, status, body }: AnswerMessage): Uint8Array[] {
  return [new Uint8Array(Int32Array.of(id, status).buffer), body]
}

export function readAnswer(frame: Uint8Array): AnswerMessage {
  const [id, status] = new Int32Array(frame.buffer, frame.byteOffset, 2)
  return { id: id!, status: status!, body: frame.subarray(ANSWER_HEADER) }
}

function aligned(length: number): number {
  return (length + 7) & ~7
}
