/** Somebody who may fill a place. */
export interface Candidate {
  readonly roles: readonly string[]
}

/** How many people of each role are asked for. */
export type Quorum = Readonly<Record<string, number>>

/**
 * How many places stay open when nobody may stand for two at once: the fewest that any way of placing people leaves
 * (bipartite matching by augmenting paths), so whoever has two roles is put where they are needed most.
 */
export function openPlaces(quorum: Quorum, candidates: readonly Candidate[]): number {
  const places = Object.entries(quorum).flatMap(([role, count]) => Array.from({ length: count }, () => role))
  const taken = new Map<number, Candidate>()
  for (const candidate of candidates) seat(candidate, places, taken, new Set())
  return places.length - taken.size
}

/** Roles of which one person more would help. */
export function helpfulRoles(quorum: Quorum, candidates: readonly Candidate[]): readonly string[] {
  const open = openPlaces(quorum, candidates)
  return Object.keys(quorum).filter((role) => openPlaces(quorum, [...candidates, { roles: [role] }]) < open)
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
