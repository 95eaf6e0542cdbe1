import { resolve } from 'node:path'

/** Where a repository is, with its password taken out of the address. */
export interface GitAddress {
  /** For git: an address without secrets, or an absolute path. */
  readonly location: string
  /** For people and receipts: as configured, without user information. */
  readonly shown: string
  readonly credentials?: { readonly username: string; readonly password: string }
}

/**
 * Parses `repository` of a deliver block: an address (`https://…`, `ssh://…`, `host:path`) or a path.
 * A password in the address goes to git by a credential helper: on a command line others could read it.
 */
export function gitAddress(repository: string, directory: string): GitAddress {
  if (/^[^/\\:]+:(?!\/\/)/.test(repository) && !/^[A-Za-z]:[\\/]/.test(repository))
    return { location: repository, shown: repository }
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(repository))
    return { location: resolve(directory, repository), shown: repository }
  if (!URL.canParse(repository))
    return { location: repository, shown: repository.replace(/\/\/[^/]*@/, '//') }
  const url = new URL(repository)
  const { username, password } = url
  url.password = ''
  if (password || /^https?:$/.test(url.protocol)) url.username = ''
  const location = password || username ? url.href : repository
  const shown = location.replace(/\/\/[^/]*@/, '//')
  if (!password && !/^https?:$/.test(url.protocol)) return { location: repository, shown }
  if (!username && !password) return { location, shown }
  return {
    location,
    shown,
    credentials: { username: decodeURIComponent(username), password: decodeURIComponent(password) },
  }
}
