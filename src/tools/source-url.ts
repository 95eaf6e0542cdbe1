/**
 * One spelling for a repository's address, so that every clone of it builds the same image: https, without
 * credentials, `.git` or a trailing slash. undefined when it is a local path or no address at all.
 */
export function sourceUrl(remote: string): string | undefined {
  const text = remote.trim().replace(/^git\+/, '')
  const scp = /^(?:[^@/\s]+@)?([^:/\s]{2,}):(?!\/)(.+)$/.exec(text)
  const url = scp && !text.includes('://') ? `https://${scp[1]}/${scp[2]}` : text
  if (!/^(https?|ssh|git):\/\//i.test(url) || !URL.canParse(url)) return undefined
  const { protocol, hostname, port, pathname } = new URL(url)
  const web = protocol === 'http:' || protocol === 'https:'
  const host = web && port ? `${hostname}:${port}` : hostname
  const path = pathname.replace(/\/+$/, '').replace(/\.git$/, '')
  return `${protocol === 'http:' ? 'http' : 'https'}://${host.toLowerCase()}${path}`
}
