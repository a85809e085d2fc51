import { ArgumentError } from '../base/index.js'
import type { S3Account } from './s3-credentials.js'

/** An object by its bucket and key; the key is exact, nothing in it is escaped. */
export interface S3Name {
  readonly bucket: string
  readonly key: string
}

/** The bucket and key of an s3:// path. */
export function parseS3(path: string): S3Name {
  const [, bucket, key = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? []
  if (!bucket) throw new ArgumentError(`${path} names no bucket: write s3://bucket/key`)
  return { bucket, key }
}

/** The URL of an object, or without a key of its bucket. AWS has a host for every bucket; other services a path. */
export function s3Url({ bucket, key }: S3Name, { endpoint, region }: S3Account, query: Record<string, string> = {}): string {
  const path = key.split('/').map(escapeKey).join('/')
  const search = Object.entries(query)
    .map(([name, value]) => `${escapeKey(name)}=${escapeKey(value)}`)
    .join('&')
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  // The certificate of AWS covers one label before its domain, so a bucket with dots goes into the path.
  const base =
    endpoint !== undefined
      ? `${endpoint}/${bucket}`
      : bucket.includes('.')
        ? `https://s3.${region}.${domain}/${bucket}`
        : `https://${bucket}.s3.${region}.${domain}`
  // Servers that hold the bucket in the path sign it without a slash after it.
  const slash = key === '' && base.endsWith(`/${bucket}`) ? '' : '/'
  return `${base}${slash}${path}${search === '' ? '' : `?${search}`}`
}

// A URL would fold segments of dots away, escaped or not.
function escapeKey(text: string): string {
  if (text === '.' || text === '..') throw new ArgumentError(`A key with a part "${text}" cannot be named by a URL`)
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
