/** How a registry can be asked to pull an image by itself; one of the two. */
export interface ServerCopySettings {
  readonly acr?: AcrSettings | undefined
  readonly harbor?: HarborSettings | undefined
}

/** Azure Container Registry. */
export interface AcrSettings {
  /** `/subscriptions/…/resourceGroups/…/providers/Microsoft.ContainerRegistry/registries/NAME`. */
  readonly resourceId: string
  /** Origin of Azure Resource Manager. */
  readonly management: string
  /** Milliseconds until Waybill copies itself. */
  readonly wait: number
}

export interface HarborSettings {
  /** Milliseconds until Waybill copies itself. */
  readonly wait: number
}

export type ServiceName = 'acr' | 'harbor'
