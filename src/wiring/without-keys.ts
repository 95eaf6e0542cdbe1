/** Variables that open keys. */
export const PASSWORDS = ['WAYBILL_KEY_PASSWORD', 'COSIGN_PASSWORD']
/** Variables that sign, with a key service. */
const TOKENS = ['WAYBILL_AZURE_VAULT_TOKEN']
const VAULT = ['VAULT_TOKEN', 'BAO_TOKEN', 'VAULT_ID_TOKEN']
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/

/** An environment without anything that could sign, whatever its name: for programs that only fetch passwords. */
export function withoutKeys(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(env)
  return Object.fromEntries(
    entries.filter(
      ([name, value]) => ![...PASSWORDS, ...TOKENS].includes(name) && !PRIVATE_KEY.test(value ?? ''),
    ),
  )
}

/** Variables that could sign with one of these keys, and that nothing else of Waybill needs. */
export function signingVariables(keys: readonly string[]): readonly string[] {
  const vault = keys.some((key) => key.startsWith('hashivault://')) ? VAULT : []
  return [...PASSWORDS, ...TOKENS, ...vault]
}
