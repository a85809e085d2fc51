import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { HeddleError } from '../base/index.js'

/** A file or folder could not be used: no permission, a folder where a file was expected, a full disk. `path` names it. */
export class FileError extends HeddleError {
  static {
    FileError.prototype.name = 'FileError'
  }
  /** The absolute path. */
  readonly path: string
  constructor(message: string, path: string, options?: ErrorOptions) {
    super(message, options)
    this.path = path
  }
}

/** There is no such file, or no file matches the pattern. `path` is the absolute path or pattern, `folder` where it was sought. */
export class FileNotFoundError extends FileError {
  static {
    FileNotFoundError.prototype.name = 'FileNotFoundError'
  }
  /** The folder that was searched. */
  readonly folder: string
  constructor(message: string, path: string, folder: string, options?: ErrorOptions) {
    super(message, path, options)
    this.folder = folder
  }
}

/** A server did not do what was asked of it. `path` is the URL, without secrets; `status` its answer, if there was one. */
export class RemoteError extends FileError {
  static {
    RemoteError.prototype.name = 'RemoteError'
  }
  /** The HTTP status. */
  readonly status: number | undefined
  constructor(message: string, path: string, status: number | undefined, options?: ErrorOptions) {
    super(message, path, options)
    this.status = status
  }
}

/** A file is not the one any more that was looked at when the work was planned. */
export class FileChangedError extends FileError {
  static {
    FileChangedError.prototype.name = 'FileChangedError'
  }
  constructor(path: string, options?: ErrorOptions) {
    super(`${path} has changed since the work was planned, so its parts would not fit together. Plan again`, path, options)
  }
}

/** There is nothing to sign requests with, or it cannot be used. The message says where it was sought. */
export class CredentialsError extends HeddleError {
  static {
    CredentialsError.prototype.name = 'CredentialsError'
  }
}

/** Runs a step of work on a file; the error of the operating system becomes one that says what was tried, on what, and why not. */
export async function attempt<T>(action: string, path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw explained(action, path, error)
  }
}

/** The same as `attempt` for a step that does not wait. */
export function attemptSync<T>(action: string, path: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw explained(action, path, error)
  }
}

function explained(action: string, path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  if (code === 'ENOENT') {
    const folder = dirname(path)
    return new FileNotFoundError(`There is no ${path}: ${searched(folder)}`, path, folder, { cause: error })
  }
  return new FileError(`Could not ${action} ${path}: ${reasons[code] ?? (error as Error).message} (${code})`, path, {
    cause: error,
  })
}

const reasons: { readonly [code: string]: string } = {
  EACCES: 'this user has no permission to do that',
  EPERM: 'this user has no permission to do that',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EMFILE: 'this process has too many files open; raise `ulimit -n`',
}

/** What is known of a folder in which nothing was found. */
export function searched(folder: string): string {
  if (existsSync(folder)) return `the folder ${folder} has no such file`
  let nearest = dirname(folder)
  while (!existsSync(nearest) && nearest !== dirname(nearest)) nearest = dirname(nearest)
  return `the folder ${folder} does not exist (${nearest} does)`
}
