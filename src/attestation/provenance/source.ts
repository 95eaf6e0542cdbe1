/** `git+https://host/path@ref` → `https://host/path`. A user name before the host is no ref. */
export function gitUrl(uri: string): string {
  return uri.replace(/^git\+/, '').replace(/^([a-z]+:\/\/[^/]*\/[^@]*)@.*$/s, '$1')
}

/** `git+https://host/path@refs/heads/main` → `refs/heads/main`; undefined when it names no full ref. */
export function gitRef(uri: string): string | undefined {
  return /^(?:git\+)?[a-z]+:\/\/[^/]*\/[^@]*@(refs\/.+)$/s.exec(uri)?.[1]
}

/** Without `refs/heads/`; undefined for a tag. */
export function branchOf(ref: string, event: string | undefined): string | undefined {
  return event === 'tag' || ref.startsWith('refs/tags/') ? undefined : ref.replace(/^refs\/heads\//, '')
}

/** Two spellings of one repository compare equal: `.git`, trailing `/`, ssh form and case of the host do not matter. */
export function sameSource(a: string, b: string): boolean {
  return normaliseSource(a) === normaliseSource(b)
}

function normaliseSource(source: string): string {
  const https = source
    .trim()
    .replace(/^git\+/, '')
    .replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, 'https://$1/')
  const bare = https.replace(/(?<!\/)\/+$/, '').replace(/\.git$/, '')
  return URL.canParse(bare) ? new URL(bare).href.replace(/\/$/, '') : bare
}
