import { acr } from './acr.ts'
import { artifactory } from './artifactory.ts'
import { conditionsIgnored } from './conditions-ignored.ts'
import { distribution2 } from './distribution2.ts'
import { ecr } from './ecr.ts'
import { gar } from './gar.ts'
import { ghcr } from './ghcr.ts'
import { gitlab } from './gitlab.ts'
import { harbor } from './harbor.ts'
import { hub } from './hub.ts'
import { lossy } from './lossy.ts'
import { lying } from './lying.ts'
import { nexus } from './nexus.ts'
import { noReferrers } from './no-referrers.ts'
import { permissive } from './permissive.ts'
import type { Profile, Quirk } from './profile.ts'
import { quay } from './quay.ts'
import { rateLimited } from './rate-limited.ts'
import { slow } from './slow.ts'
import { zot } from './zot.ts'

/** All profiles: registries in the field first, then kinds of trouble. Each file says where it is known from. */
export const profiles = {
  ghcr,
  gitlab,
  quay,
  harbor,
  acr,
  ecr,
  hub,
  gar,
  artifactory,
  nexus,
  distribution2,
  zot,
  'no-referrers': noReferrers,
  permissive,
  'conditions-ignored': conditionsIgnored,
  slow,
  lossy,
  lying,
  'rate-limited': rateLimited,
}

export type ProfileName = keyof typeof profiles

type SettingsOf<NAME extends ProfileName> = Parameters<(typeof profiles)[NAME]['make']>[0]

/** A profile by its name alone, or with settings of its own: `{ name: 'acr', bodyLimit: 1_000_000 }`. */
export type ProfileChoice =
  | ProfileName
  | { [NAME in ProfileName]: { readonly name: NAME } & SettingsOf<NAME> }[ProfileName]

/** One choice → what it changes. */
export function quirkOf(choice: ProfileChoice, now: () => Date): Quirk {
  const { name, ...settings } = typeof choice === 'string' ? { name: choice } : choice
  // The type of a choice ties the settings to the name.
  const { make } = profiles[name] as Profile<object>
  return make(settings, now)
}
