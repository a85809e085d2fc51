import { createHash } from 'node:crypto'
import type { Ask } from './request.js'
import type { Credentials } from './s3-credentials.js'

/**
 * A request with its AWS Signature Version 4 in the headers, over its body too.
 *
 * @param datetime the time of signing, as `20130524T000000Z`; now when not given
 */
export async function signed(ask: Ask, credentials: Credentials, region: string, datetime?: string): Promise<Ask> {
  const { AwsV4Signer } = await import('aws4fetch')
  // fetch itself may change the accepted encoding, after it was signed.
  const { 'accept-encoding': encoding, ...headersToSign } = ask.headers
  const signer = new AwsV4Signer({
    method: ask.method,
    url: ask.url,
    headers: {
      ...headersToSign,
      'x-amz-content-sha256': createHash('sha256')
        .update(ask.body ?? '')
        .digest('hex'),
    },
    allHeaders: true,
    service: 's3',
    region,
    ...credentials,
    ...(datetime !== undefined && { datetime }),
  })
  const { url, headers } = await signer.sign()
  return {
    ...ask,
    url: url.href,
    headers: { ...Object.fromEntries(headers), ...(encoding !== undefined && { 'accept-encoding': encoding }) },
  }
}
