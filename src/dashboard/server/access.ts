import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** What a request is let do. */
export type Verdict =
  | { readonly kind: 'welcome' }
  /** it has brought the key in its address, and gets a cookie too, so that it needs it no more */
  | { readonly kind: 'cookie'; readonly cookie: string }
  | { readonly kind: 'refused'; readonly status: 401 | 403 | 421; readonly why: string }

export interface AccessOptions {
  readonly key: string
  readonly port: number
  /** names and addresses by which this machine is reached, without ports */
  readonly names: readonly string[]
  readonly secure: boolean
}

/**
 * Who may see the page: who knows the key, as `?key=` once and as a cookie from then on, or as a bearer token. The name in
 * `Host` must be one of this machine's, so that no other site's name can be made to lead here; what a page asks for must
 * come from a page of this very server.
 */
export class Access {
  readonly #key: Buffer
  readonly #cookie: string
  readonly #name: string
  readonly #hosts: ReadonlySet<string>
  readonly #secure: boolean

  constructor({ key, port, names, secure }: AccessOptions) {
    this.#key = digestOf(key)
    this.#cookie = createHmac('sha256', key).update('cookie').digest('base64url')
    // Cookies know no ports: several dashboards of one machine must not take each other's.
    this.#name = `heddle-${port}`
    this.#hosts = new Set(names.map((name) => name.toLowerCase()))
    this.#secure = secure
  }

  /** `upgrade`: it asks for a WebSocket, which browsers let pages of any site do. */
  check(url: URL, headers: IncomingHttpHeaders, upgrade: boolean): Verdict {
    const { host, origin } = headers
    if (!host || !this.#hosts.has(hostOf(host))) {
      const why = 'The name in the address is none of this machine’s. The setting dashboard.names has further ones.'
      return { kind: 'refused', status: 421, why }
    }
    const bearer = headers.authorization?.match(/^Bearer (\S+)$/i)?.[1]
    const isOwn = origin !== undefined && origin.toLowerCase() === `${this.#secure ? 'https' : 'http'}://${host.toLowerCase()}`
    if (origin !== undefined && !isOwn) return { kind: 'refused', status: 403, why: 'Pages of other sites may not ask.' }
    if (bearer !== undefined && this.#isKey(bearer)) return { kind: 'welcome' }
    if (upgrade && !isOwn) return { kind: 'refused', status: 403, why: 'Only pages of this server may ask.' }
    const key = url.searchParams.get('key')
    if (key !== null && !upgrade && this.#isKey(key)) {
      const attributes = `Path=/; HttpOnly; SameSite=Strict${this.#secure ? '; Secure' : ''}`
      return { kind: 'cookie', cookie: `${this.#name}=${this.#cookie}; ${attributes}` }
    }
    const cookie = cookieOf(headers.cookie, this.#name)
    if (cookie !== undefined && same(digestOf(cookie), digestOf(this.#cookie))) return { kind: 'welcome' }
    return { kind: 'refused', status: 401, why: 'The key is missing or wrong. Use the address that the program has printed.' }
  }

  #isKey(given: string): boolean {
    return same(digestOf(given), this.#key)
  }
}

function hostOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function same(a: Buffer, b: Buffer): boolean {
  return timingSafeEqual(a, b)
}
