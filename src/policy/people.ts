import type { Signer } from '../attestation/index.ts'

/** A name as people and CI systems write it: the id, the e-mail, `Name <e-mail>`, or what stands before the @. */
export function isMeant(written: string, { id, identity }: Signer): boolean {
  const name = (/<([^<>]+)>\s*$/.exec(written)?.[1] ?? written).trim().toLowerCase()
  const mail = identity?.toLowerCase()
  return (
    name === id.toLowerCase() || name === mail || (!name.includes('@') && name === mail?.split('@', 1)[0])
  )
}
