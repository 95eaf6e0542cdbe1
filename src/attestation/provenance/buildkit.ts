import * as z from 'zod'
import type { BuildClaim } from './claim.ts'
import { stated } from './reading.ts'
import type { Reading, Told } from './reading.ts'

const config = z.looseObject({
  uri: z.string(),
  digest: z.looseObject({ sha1: z.string() }),
  path: z.string().optional(),
})

const hints = z.looseObject({ vcs: z.looseObject({ source: z.string(), revision: z.string() }) })

/**
 * BuildKit's own provenance, v1 and v0.2, inside a signed statement (what lies unsigned in an index is never read).
 * It says what was built from which context, and never what started the build.
 */
export const readBuildKit: Reading = (claim) => {
  const context = config.safeParse(claim.external['configSource']).data
  if (context) return fromGitContext(context)
  const vcs = hintsIn(claim)?.vcs
  if (!vcs || !/^[0-9a-f]{40,64}(?:-dirty)?$/.test(vcs.revision)) return undefined
  return {
    source: vcs.source,
    commit: vcs.revision.replace(/-dirty$/, ''),
    dirty: vcs.revision.endsWith('-dirty'),
    isHearsay: true,
    understood: UNDERSTOOD,
  }
}

const UNDERSTOOD = [
  'configSource.uri',
  'configSource.digest.sha1',
  'configSource.path',
  'request.frontend',
  'request.locals',
  'request.args.vcs:source',
  'request.args.vcs:revision',
]

/** `https://host/path.git#refs/heads/main:folder`; a fragment that is no full ref may be a branch or a tag. */
function fromGitContext({ uri, digest, path }: z.infer<typeof config>): Told {
  const [source = '', fragment = ''] = uri.split('#', 2)
  const [name = ''] = fragment.split(':', 1)
  const ref = name.startsWith('refs/') ? name : undefined
  return { source, commit: digest.sha1, ...stated({ ref, workflow: path }), understood: UNDERSTOOD }
}

function hintsIn({ metadata }: BuildClaim) {
  const found = metadata['buildkit_metadata'] ?? metadata['https://mobyproject.org/buildkit@v1#metadata']
  return hints.safeParse(found).data
}
