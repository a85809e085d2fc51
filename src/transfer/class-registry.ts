import { randomBytes } from 'node:crypto'

type Class = abstract new (...args: never[]) => unknown

/** Tells the classes of this thread from equal ones elsewhere: an instance comes back to the very class that it left. */
const owner = randomBytes(9).toString('base64url')
const ids = new WeakMap<Class, string>()
const classes = new Map<string, WeakRef<Class>>()
const gone = new FinalizationRegistry<string>((id) => {
  if (classes.get(id)?.deref() === undefined) classes.delete(id)
})
let count = 0

/** The identity of a class; it stays with the class on its travels. */
export function classId(value: Class): string {
  let id = ids.get(value)
  if (id === undefined) registerClass((id = `${owner}.${count++}`), value)
  return id
}

export function classById(id: string): Class | undefined {
  return classes.get(id)?.deref()
}

/** True if the class was defined in this thread. */
export function isOwnClass(id: string): boolean {
  return id.startsWith(`${owner}.`)
}

export function registerClass(id: string, value: Class): void {
  ids.set(value, id)
  classes.set(id, new WeakRef(value))
  gone.register(value, id)
}
