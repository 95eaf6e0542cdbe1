import type { BuildFacts } from '../attestation/index.ts'
import { sameSource } from '../attestation/index.ts'

/** What several statements about one build say together, or about what they contradict each other. */
export type MergedBuild = { readonly build: BuildFacts } | { readonly disagreeAbout: string }

/** Said by one and left open by another is no contradiction. */
const FILLED = ['branch', 'ref', 'event', 'author', 'actor', 'isProtected', 'runner', 'workflow'] as const
const COMPARED = ['commit', ...FILLED.slice(0, 4), 'isProtected'] as const

/** One account out of several; dirty when any says so. */
export function mergeBuilds([first, ...others]: readonly [BuildFacts, ...BuildFacts[]]): MergedBuild {
  let build: BuildFacts = first
  for (const other of others) {
    const about = contradiction(build, other)
    if (about) return { disagreeAbout: about }
    const filled = FILLED.map((field) => [field, build[field] ?? other[field]])
    const dirty = build.dirty || other.dirty
    const isHearsay = build.isHearsay && other.isHearsay
    build = { ...build, ...(Object.fromEntries(filled) as Partial<BuildFacts>), dirty, isHearsay }
  }
  return { build }
}

function contradiction(one: BuildFacts, other: BuildFacts): string | undefined {
  if (!sameSource(one.source, other.source)) return 'source'
  const field = COMPARED.find(
    (name) => one[name] !== undefined && other[name] !== undefined && one[name] !== other[name],
  )
  return field === 'isProtected' ? 'protection of the branch' : field
}
