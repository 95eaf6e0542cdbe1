import { command } from '../command.ts'
import { argument } from '../flags.ts'

export default command<object, [string]>({
  description:
    'Prints the public key of a signing key, as it goes into trust.yaml: of a private key file, of one in a variable, or of a key in a key service. An encrypted file takes its password from WAYBILL_KEY_PASSWORD or COSIGN_PASSWORD.',
  examples: [
    { line: 'key public env://WAYBILL_PROMOTION_KEY', about: 'of the key in a variable' },
    {
      line: 'key public azurekms://contoso-release.vault.azure.net/promotion',
      about: 'of the newest version in Azure Key Vault',
    },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: {},
    positional: {
      kind: 'tuple',
      parameters: [argument('key', 'A file, env://NAME or a key service')],
    },
  },
  run: async ({ cwd, env, signal }, _flags, reference) => {
    const { readKey } = await import('../../wiring/keys.ts')
    const { publicKey, hint, version } = await readKey(reference, { cwd, env, signal })
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const value = { kind: 'public-key', reference, ...(version && { version }), hint, pem }
    return { exit: 0, value, text: () => pem }
  },
})
