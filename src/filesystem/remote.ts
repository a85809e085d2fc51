import { loadNow } from '../base/index.js'
import type { Store } from './store.js'

/** The kind of place that a path names; `file` for paths of this machine. */
export function schemeOf(path: string): 'http' | 's3' | 'file' {
  if (path.startsWith('s3://')) return 's3'
  return /^https?:\/\//.test(path) ? 'http' : 'file'
}

const stores = new Map<string, Store>()

/** The store of a kind; its code is loaded when it is first needed. */
export function remoteStore(scheme: 'http' | 's3'): Store {
  let store = stores.get(scheme)
  if (store === undefined) {
    store =
      scheme === 's3'
        ? (loadNow(import.meta.url, './s3.js') as typeof import('./s3.js')).s3Store()
        : (loadNow(import.meta.url, './http.js') as typeof import('./http.js')).httpStore()
    stores.set(scheme, store)
  }
  return store
}
