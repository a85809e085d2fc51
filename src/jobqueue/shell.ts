/** A word that sh takes exactly as it is. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A word in which sh replaces `$NAME` and `${NAME}`, and nothing else. */
export function quoteExpanding(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return `"${word.replace(/[\\"`]|\$(?![A-Za-z_{])|\$\{(?!\w+\})/g, '\\$&')}"`
}
