import type { Descriptor } from '../../../oci/index.ts'
import type { PutBlobOptions } from '../../store.ts'
import type { Endpoint } from '../endpoint.ts'
import type { UploadPatience } from './stall.ts'
import type { UploadSource } from './upload-source.ts'

export interface UploadOptions extends PutBlobOptions {
  readonly patience?: UploadPatience | undefined
}

/** An upload session: where its next bytes go, and how many the registry said it has. */
export interface Session {
  readonly url: URL
  readonly offset: number
}

/** One blob on its way up, over all its tries. */
export interface Upload {
  readonly endpoint: Endpoint
  readonly descriptor: Descriptor
  readonly source: UploadSource
  readonly options: UploadOptions
  session: Session | undefined
  /** The session broke: what the registry has of it must be asked for. */
  isBroken: boolean
  /** Most bytes in one request. */
  chunk: number
  /** The registry loses or refuses pieces: only one whole body is left to try. */
  wholeOnly: boolean
  /** It need not be asked whether the blob is there. */
  expectAbsent: boolean
}
