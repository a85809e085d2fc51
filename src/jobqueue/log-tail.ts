import { open } from 'node:fs/promises'

/** As much of a log as a message can take. */
const LONGEST = 4096

/** The ends of a job's log files, as a message goes on with them; nothing where there are none. */
export async function logTail(paths: readonly string[]): Promise<string> {
  const ends = await Promise.all(paths.map(async (path) => ({ path, text: await endOf(path) })))
  return ends
    .filter(({ text }) => text !== '')
    .map(({ path, text }) => `\n  the end of ${path}:\n${text.replace(/^/gm, '    ')}`)
    .join('')
}

async function endOf(path: string): Promise<string> {
  let file
  try {
    file = await open(path, 'r')
    const { size } = await file.stat()
    const length = Math.min(size, LONGEST)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
    const text = buffer.toString('utf8', 0, bytesRead).trimEnd()
    return length < size ? text.slice(text.indexOf('\n') + 1) : text
  } catch (error) {
    // A job that never started has none.
    if ((error as NodeJS.ErrnoException).code !== undefined) return ''
    throw error
  } finally {
    await file?.close()
  }
}
