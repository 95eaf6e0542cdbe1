import type { Send } from '../../../cloud/index.ts'
import type { Credential } from '../credentials.ts'

/** A credential and how long to use it. No credential: this environment holds none for that cloud. */
export interface Login {
  readonly credential: Credential | undefined
  readonly seconds: number
}

/** `registry`: `host[:port]`, already known to be that cloud's. @throws CLOUD_LOGIN_FAILED, CLOUD_BUSY */
export type CloudLogin = (registry: string, env: NodeJS.ProcessEnv, send: Send) => Promise<Login>

/** Nothing to log in with, for as long as this process may live. */
export const noLogin: Login = { credential: undefined, seconds: 3600 }
