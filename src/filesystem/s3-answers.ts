// The few answers of S3 that are looked into are flat lists of elements without attributes, of which this reads what it needs.

/** The text of the first element of a name. */
export function elementOf(xml: string, name: string): string | undefined {
  return elementsOf(xml, name)[0]
}

/** The contents of all elements of a name, entities resolved where they hold text. */
export function elementsOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g'))].map(([, content]) =>
    content!.includes('<') ? content! : unescape(content!),
  )
}

const entities: { readonly [name: string]: string } = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function unescape(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? whole
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
  })
}

/** What an error of S3 says: `NoSuchKey: The specified key does not exist.` */
export function s3Complaint(xml: string): string | undefined {
  const code = elementOf(xml, 'Code')
  return code === undefined ? undefined : `${code}: ${elementOf(xml, 'Message') ?? ''}`
}
