/** An element of XML: its text, and what is inside of it. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  readonly text: string
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const TOKEN =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<[?!][^>]*>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/g

/** The root of what programs print as XML: elements, attributes and text, of any depth. */
export function parseXml(source: string): XmlElement {
  type Open = { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string }
  const root: Open = { name: '', attributes: {}, children: [], text: '' }
  const open: Open[] = [root]
  for (const [, cdata, closed, opened, attributes, empty, text] of source.matchAll(TOKEN)) {
    const top = open.at(-1)!
    if (cdata !== undefined) top.text += cdata
    else if (text !== undefined) top.text += unescape(text)
    else if (opened !== undefined) {
      const element: Open = { name: opened, attributes: attributesOf(attributes!), children: [], text: '' }
      top.children.push(element)
      if (empty === '') open.push(element)
    } else if (closed !== undefined && open.length > 1 && top.name === closed) open.pop()
  }
  return root
}

/** All elements of a name, at any depth. */
export function elements(within: XmlElement, name: string): XmlElement[] {
  return within.children.flatMap((child) => [...(child.name === name ? [child] : []), ...elements(child, name)])
}

/** The text of the first child of a name; empty: there is none. */
export function textOf(within: XmlElement, name: string): string {
  return within.children.find((child) => child.name === name)?.text.trim() ?? ''
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, name, double, single]) => [
      name!,
      unescape(double ?? single!),
    ]),
  )
}

function unescape(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex: string, decimal: string, name: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole
    return String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16))
  })
}
