/**
 * Variables by which git sends a token to these hosts and nowhere else, without a file and without showing it on a
 * command line (git-config, GIT_CONFIG_COUNT).
 * @param token name of the variable that holds it
 */
export function gitTokenVariables(
  hosts: readonly string[],
  token: string,
): readonly (readonly [name: string, value: string])[] {
  const helper = `!f() { echo username=token; echo "password=$${token}"; }; f`
  return [
    ['GIT_CONFIG_COUNT', String(hosts.length)],
    ...hosts.flatMap((host, index) => [
      [`GIT_CONFIG_KEY_${index}`, `credential.https://${host}.helper`] as const,
      [`GIT_CONFIG_VALUE_${index}`, helper] as const,
    ]),
  ]
}
