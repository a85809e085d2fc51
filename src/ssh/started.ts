import type { RemoteProcess } from './remote-process.js'

/**
 * Resolves when a process is ready.
 *
 * @param ready resolves when its news say so
 * @throws SSHError when it has ended, or is not ready in time; it is gone then
 */
export async function started(
  process: RemoteProcess,
  ready: Promise<void>,
  timeout: number,
  signal?: AbortSignal,
): Promise<void> {
  let tell!: (how: number | string) => void
  const trouble = new Promise<number | string>((resolve) => (tell = resolve))
  const late = setTimeout(() => tell('late'), timeout)
  const unwanted = (): void => process.kill()
  signal?.addEventListener('abort', unwanted, { once: true })
  void process.ended.then(tell)
  try {
    const how = await Promise.race([ready, trouble])
    if (how === undefined) return
    const error = process.failure(how)
    if (how === 'late') {
      process.kill()
      await process.ended
    }
    throw error
  } finally {
    clearTimeout(late)
    signal?.removeEventListener('abort', unwanted)
  }
}
