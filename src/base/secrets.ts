const NAME =
  /(?:TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|(?:ACCESS|API|PRIVATE)_?KEY|PRINCIPALKEY|AUTH_CONFIG|(?:^|_)PAT)$/i
/** The password in `https://name:password@host`. */
const IN_ADDRESS = /:\/\/[^\s/:@]*:([^\s/@]+)@/g
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/
/** Shorter values are words of the language as often as secrets; hiding them would garble what is said. */
const SHORTEST = 8
const SHORTEST_LINE = 12

/**
 * The values of an environment that nobody may read in a log: by the variable's name, every private key, and every
 * password in an address.
 */
export function secretsOf(env: NodeJS.ProcessEnv): readonly string[] {
  const values = Object.entries(env).flatMap(([name, value = '']) => [
    ...(NAME.test(name) || PRIVATE_KEY.test(value) ? spellings(value) : []),
    ...passwordsIn(value),
  ])
  // Longest first: one secret may hold another.
  return [...new Set(values)].toSorted((a, b) => b.length - a.length)
}

/** The text without those values. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[hidden]'), text)
}

/** As they are written there, and as they are meant. */
function passwordsIn(text: string): readonly string[] {
  if (!text.includes('@')) return []
  const found = Array.from(text.matchAll(IN_ADDRESS), ([, password = '']) => password)
  return found.flatMap((password) => [password, decoded(password)]).flatMap(spellings)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A key or a JSON file goes through logs line by line; text in JSON has its quotes escaped. */
function spellings(value: string): readonly string[] {
  const whole = value.trim()
  const lines = whole.split(/\s*\n\s*|\\n/)
  if (lines.length > 1)
    return lines.filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'))
  return whole.length < SHORTEST ? [] : [whole, JSON.stringify(whole).slice(1, -1)]
}
