/** Somebody who may fill a place: who they are, and which roles they have. */
export interface Candidate {
  readonly person: string
  readonly roles: readonly string[]
}

/** How many people of each role are asked for. */
export type Quorum = Readonly<Record<string, number>>

/**
 * Which roles still lack how many people, when nobody may stand for two places at once. The fewest that any way of
 * placing people leaves open (bipartite matching by augmenting paths): whoever has two roles is put where they are
 * needed most.
 */
export function openPlaces(quorum: Quorum, candidates: readonly Candidate[]): Quorum {
  const places = Object.entries(quorum).flatMap(([role, count]) => Array.from({ length: count }, () => role))
  const taken = new Map<number, Candidate>()
  for (const candidate of candidates) seat(candidate, places, taken, new Set())
  const open = places.filter((_, index) => !taken.has(index))
  const roles = [...new Set(open)]
  return Object.fromEntries(roles.map((role) => [role, open.filter((one) => one === role).length]))
}

function seat(
  candidate: Candidate,
  places: readonly string[],
  taken: Map<number, Candidate>,
  tried: Set<number>,
): boolean {
  for (const [index, role] of places.entries()) {
    if (tried.has(index) || !candidate.roles.includes(role)) continue
    tried.add(index)
    const holder = taken.get(index)
    if (holder && !seat(holder, places, taken, tried)) continue
    taken.set(index, candidate)
    return true
  }
  return false
}
