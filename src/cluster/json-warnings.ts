/**
 * From now on warnings of the process (Heddle's own among them) are given as lines of JSON, in place of the text that Node prints.
 * Gives a function that ends it.
 */
export function takeWarnings(print: (line: string) => void): () => void {
  const listeners = process.listeners('warning')
  process.removeAllListeners('warning')
  const take = (warning: Error & { readonly code?: string }): void => {
    const { name, message, code, stack } = warning
    const facts = { ...(code === undefined ? {} : { code }), ...(name === 'HeddleWarning' ? {} : { stack }) }
    print(JSON.stringify({ time: new Date().toISOString(), level: 'warning', event: 'warning', message, kind: name, ...facts }))
  }
  process.on('warning', take)
  return () => {
    process.off('warning', take)
    for (const listener of listeners) process.on('warning', listener)
  }
}
