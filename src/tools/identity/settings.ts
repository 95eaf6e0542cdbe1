/** What waybill.yaml says about the identity of a job; everything has a default. */
export interface IdentitySettings {
  /** A build without a verified identity is refused. */
  readonly require: boolean
  /** The issuer to expect, where the server's address does not tell. */
  readonly issuer?: string | undefined
  /** What the token must be for. Azure Pipelines asks nobody. */
  readonly audience?: string | undefined
  /** Where the job has its token, when it is handed over and not asked for. */
  readonly token?: TokenPlace | undefined
  /** Azure Pipelines: id of the service connection whose token is asked for, in place of the pipeline's own. */
  readonly serviceConnection?: string | undefined
}

export type TokenPlace = { readonly variable: string } | { readonly file: string }

/** Where GitLab and Jenkins put the token unless waybill.yaml names another place. */
export const TOKEN_VARIABLE = 'WAYBILL_ID_TOKEN'
export const TOKEN_FILE_VARIABLE = 'WAYBILL_ID_TOKEN_FILE'

/** What tokens are asked for, where the job may choose. */
export const AUDIENCE = 'waybill'

/** Variables with which somebody could show this job's identity. */
export function identityVariables({ token }: Pick<IdentitySettings, 'token'>): readonly string[] {
  const named = token && 'variable' in token ? [token.variable] : []
  return [TOKEN_VARIABLE, TOKEN_FILE_VARIABLE, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', ...named]
}
