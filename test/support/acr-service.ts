import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CloudAnswers, KmsAnswer, KmsRequest } from './kms-services.ts'
import { copyTree, rawManifest } from './raw-copy.ts'
import type { Place } from './raw-copy.ts'

// Azure Resource Manager's importImage (Microsoft.ContainerRegistry 2023-07-01) and Entra v2.0 as their REST references
// describe them, on two registries of the lab. An import copies manifests, children and blobs, and no referrers.

const ARM = 'https://management.azure.com'
const TOKEN = 'arm-token-1'
export const ARM_HOSTS = ['login.microsoftonline.com', 'management.azure.com']

/** What a job has in its environment to be somebody in Azure. */
export const AZURE_JOB = {
  AZURE_TENANT_ID: 'tenant-1',
  AZURE_CLIENT_ID: 'app-1',
  AZURE_CLIENT_SECRET: 'azure-secret-1',
}

export function resourceIdOf(registry: string): string {
  return `/subscriptions/10000000-0000-4000-8000-000000000000/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/${registry}`
}

/** What an import does. `lies`: it says Succeeded whatever it did. */
export type ImportKind = 'honest' | 'nothing' | 'another image' | 'one platform' | 'loses a blob'

interface ImportBody {
  readonly source: { readonly resourceId: string; readonly sourceImage: string }
  readonly untaggedTargetRepositories: readonly string[]
  readonly mode: string
}

export class AcrService implements CloudAnswers {
  readonly seen: KmsRequest[] = []
  /** `http://host:port` by resource id. */
  readonly registries = new Map<string, string>()
  kind: ImportKind = 'honest'
  /** How often a status says that it is still running. */
  polls = 2
  /** Asked first; what it gives is the answer, a promise that never ends is a hanging service. */
  instead: ((request: KmsRequest) => KmsAnswer | Promise<KmsAnswer> | undefined) | undefined
  /** Awaited while an import is under way, after its content is there. */
  onImported: (() => void) | undefined

  async answer(request: KmsRequest): Promise<KmsAnswer> {
    this.seen.push(request)
    const instead = this.instead?.(request)
    if (instead) return instead
    const { host } = new URL(request.address)
    if (host === 'login.microsoftonline.com') return this.#entra(request)
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return [401, { error: { code: 'InvalidAuthenticationToken', message: 'The access token is invalid.' } }]
    if (request.address === STATUS) return this.#status(request)
    return this.#import(request)
  }

  /** Requests to Azure Resource Manager. */
  get asked(): readonly KmsRequest[] {
    return this.seen.filter(({ address }) => address.startsWith(ARM))
  }

  #entra({ address, body }: KmsRequest): KmsAnswer {
    const form = Object.fromEntries(new URLSearchParams(body))
    const wanted = {
      grant_type: 'client_credentials',
      client_id: 'app-1',
      scope: `${ARM}/.default`,
      client_secret: 'azure-secret-1',
    }
    if (new URL(address).pathname !== '/tenant-1/oauth2/v2.0/token' || !same(form, wanted))
      return [401, { error: 'invalid_client' }]
    return [200, { access_token: TOKEN, expires_in: 3599 }]
  }

  async #import({ method, address, headers, body }: KmsRequest): Promise<KmsAnswer> {
    const target = [...this.registries].find(
      ([id]) => address === `${ARM}${id}/importImage?api-version=2023-07-01`,
    )
    if (method !== 'POST' || !target) return [404, { error: { code: 'NotFound', message: address } }]
    const order = JSON.parse(body) as ImportBody
    const flaw = this.#flaw(order, headers['content-type'])
    if (flaw) return [400, { error: { code: 'InvalidRequest', message: flaw } }]
    const [name = '', digest = ''] = order.source.sourceImage.split('@')
    const from = { url: this.registries.get(order.source.resourceId) ?? '', name }
    await this.#copy(from, { url: target[1], name: order.untaggedTargetRepositories[0] ?? '' }, digest)
    this.onImported?.()
    return this.polls > 0 ? [202, '', { location: STATUS, 'retry-after': '0' }] : [200, '']
  }

  /** The request as the reference has it, and nothing else in it. */
  #flaw(order: ImportBody, type: string | undefined): string | undefined {
    if (type !== 'application/json') return `content-type ${type}`
    if (!same(Object.keys(order).toSorted(), ['mode', 'source', 'untaggedTargetRepositories']))
      return `keys ${Object.keys(order).join()}`
    if (!same(Object.keys(order.source).toSorted(), ['resourceId', 'sourceImage'])) return 'keys of source'
    if (!this.registries.has(order.source.resourceId)) return `source ${order.source.resourceId}`
    if (!/^[a-z0-9/._-]+@sha256:[0-9a-f]{64}$/.test(order.source.sourceImage))
      return `image ${order.source.sourceImage}`
    return order.mode === 'NoForce' && order.untaggedTargetRepositories.length === 1 ? undefined : 'mode'
  }

  async #copy(from: Place, to: Place, digest: string): Promise<void> {
    const index = await rawManifest(from, digest)
    const [first, second] = index?.manifests ?? []
    if (this.kind === 'nothing') return
    if (this.kind === 'another image') return copyTree(from, to, second?.digest ?? '')
    if (this.kind === 'one platform') return copyTree(from, to, digest, new Set([second?.digest ?? '']))
    if (this.kind === 'honest') return copyTree(from, to, digest)
    const image = await rawManifest(from, first?.digest ?? '')
    return copyTree(from, to, digest, new Set([image?.layers?.[0]?.digest ?? '']))
  }

  async #status({ method }: KmsRequest): Promise<KmsAnswer> {
    assert.equal(method, 'GET')
    await sleep(5)
    if (--this.polls > 0) return [202, '', { location: STATUS, 'retry-after': '0' }]
    return [200, { status: 'Succeeded' }]
  }
}

const STATUS = `${ARM}/subscriptions/10000000-0000-4000-8000-000000000000/providers/Microsoft.ContainerRegistry/locations/WESTEUROPE/operationResults/registries-1?api-version=2023-07-01`

function same(found: unknown, wanted: unknown): boolean {
  return JSON.stringify(found) === JSON.stringify(wanted)
}
