/** What the name of a branch or tag says about a release. */
export interface ReleaseRef {
  /** `1.2.0`, `1.2.0-rc.1`. Absent where the name has only a line of versions (`release/1.2`), or none. */
  readonly version?: string
  /** 7 to 64 hex digits. */
  readonly commit?: string
}

const PREFIX = /^(?:refs\/(?:heads|tags|remotes\/origin)\/)?(?:releases?\/)?v?/
const COMMIT = /-sha-([0-9a-f]{7,64})$/
const NUMBER = String.raw`(?:0|[1-9]\d{0,8})`
const VERSION = new RegExp(
  String.raw`^${NUMBER}\.${NUMBER}\.${NUMBER}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$`,
)

/** `release/v1.2.0-sha-2b2e927`, `v1.2.0`, `1.2.0-rc.1`, `release/1.2`, with or without `refs/heads/` or `refs/tags/`. */
export function releaseRef(name: string): ReleaseRef {
  const rest = name.replace(PREFIX, '')
  const commit = COMMIT.exec(rest)?.[1]
  const version = rest.replace(COMMIT, '')
  return { ...(VERSION.test(version) && { version }), ...(commit && { commit }) }
}
