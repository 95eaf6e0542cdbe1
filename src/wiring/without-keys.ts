/** Variables that open keys. */
export const PASSWORDS = ['WAYBILL_KEY_PASSWORD', 'COSIGN_PASSWORD']
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/

/** An environment without anything that could sign, whatever its name: for programs that only fetch passwords. */
export function withoutKeys(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(env)
  return Object.fromEntries(
    entries.filter(([name, value]) => !PASSWORDS.includes(name) && !PRIVATE_KEY.test(value ?? '')),
  )
}
