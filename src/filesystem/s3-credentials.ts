import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { config } from '../config/index.js'
import { CredentialsError } from './errors.js'

/** What requests are signed with. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Who asks which service where. */
export interface S3Account {
  /** Absent: requests are not signed. */
  readonly credentials?: Credentials
  readonly region: string
  /** The service's own address instead of AWS's. */
  readonly endpoint?: string
}

type Profile = { readonly [key: string]: string }

/**
 * The account as settings (`filesystem.s3`), then the standard environment variables, then the profile in ~/.aws say. Looked up
 * anew whenever it is asked for: credentials change while a cluster runs.
 */
export async function s3Account(): Promise<S3Account> {
  const settings = config.get('filesystem.s3')
  const { env } = process
  const chosen = given(settings.profile)
  const profile = await readProfile(chosen ?? (env['AWS_PROFILE'] || undefined))
  const region = given(settings.region) || env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || profile['region'] || 'us-east-1'
  const endpoint =
    given(settings.endpoint) || env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || profile['endpoint_url'] || undefined
  if (endpoint !== undefined && !/^https?:\/\//.test(endpoint)) {
    throw new CredentialsError(`The S3 endpoint ${endpoint} is no URL: it must begin with http:// or https://`)
  }
  const base = { region, ...(endpoint !== undefined && { endpoint: endpoint.replace(/\/+$/, '') }) }
  if (settings.anonymous) return base
  return { ...base, credentials: credentialsOf(chosen === undefined ? env : {}, profile) }
}

const given = (setting: string): string | undefined => (setting === 'auto' ? undefined : setting)

function credentialsOf(env: NodeJS.ProcessEnv, profile: Profile): Credentials {
  const fromEnvironment = complete(env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY'], env['AWS_SESSION_TOKEN'])
  const found =
    fromEnvironment ?? complete(profile['aws_access_key_id'], profile['aws_secret_access_key'], profile['aws_session_token'])
  if (found !== undefined) return found
  const other = ['sso_session', 'sso_start_url', 'role_arn', 'credential_process'].find((key) => profile[key] !== undefined)
  throw new CredentialsError(
    other === undefined
      ? 'There are no credentials for S3: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY nor the profile in ~/.aws/credentials give any. Set them, or filesystem.s3.anonymous for public buckets'
      : `The AWS profile has its credentials by ${other}, which is not understood here. Put them into the environment first: eval "$(aws configure export-credentials --format env)"`,
  )
}

function complete(id: string | undefined, secret: string | undefined, token: string | undefined): Credentials | undefined {
  if (!id || !secret) return undefined
  return { accessKeyId: id, secretAccessKey: secret, ...(token && { sessionToken: token }) }
}

async function readProfile(asked: string | undefined): Promise<Profile> {
  const name = asked ?? 'default'
  const { env } = process
  const [configFile, credentialsFile] = [
    env['AWS_CONFIG_FILE'] || join(homedir(), '.aws', 'config'),
    env['AWS_SHARED_CREDENTIALS_FILE'] || join(homedir(), '.aws', 'credentials'),
  ]
  const [settings, secrets] = await Promise.all([sectionsOf(configFile), sectionsOf(credentialsFile)])
  const found = [settings.get(name === 'default' ? name : `profile ${name}`), secrets.get(name)]
  if (asked !== undefined && found.every((section) => section === undefined)) {
    throw new CredentialsError(`There is no AWS profile ${name}: neither ${configFile} nor ${credentialsFile} has it`)
  }
  return { ...found[0], ...found[1] }
}

async function sectionsOf(path: string): Promise<Map<string, Profile>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw new CredentialsError(`${path} could not be read: ${(error as Error).message}`, { cause: error })
  }
  return parseSections(text)
}

/** The sections of a file of the AWS tools; nested settings (indented lines) are passed over. */
export function parseSections(text: string): Map<string, Profile> {
  const sections = new Map<string, Record<string, string>>()
  let section: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const [, header] = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line) ?? []
    const [, key, value] = /^([^\s#;=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (header !== undefined) {
      const name = header.replace(/\s+/g, ' ')
      sections.set(name, (section = sections.get(name) ?? {}))
    } else if (key !== undefined) section[key.toLowerCase()] = value!
  }
  return sections
}
