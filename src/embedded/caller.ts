import type { RepositoryName } from './names.ts'
import type { Route } from './router.ts'

type Action = 'pull' | 'push' | 'delete'

/** One thing a request must be allowed to do (the scope grammar of the token specification). */
export type Access =
  | { readonly type: 'repository'; readonly name: RepositoryName; readonly actions: readonly Action[] }
  | { readonly type: 'registry'; readonly name: 'catalog'; readonly actions: readonly ['*'] }

/** Who asks, reduced to what they may do. */
export interface Caller {
  may(access: Access): boolean
}

export const everything: Caller = { may: () => true }

export const pullOnly: Caller = {
  may: (access) => access.type === 'repository' && access.actions.every((action) => action === 'pull'),
}

/** What a request needs; undefined when any caller that is known will do. */
export function accessFor(route: Route, method: string): Access | undefined {
  switch (route.kind) {
    case 'base':
    case 'token':
      return undefined
    case 'catalog':
      return { type: 'registry', name: 'catalog', actions: ['*'] }
    case 'uploads':
    case 'upload':
      // Cancelling an upload is part of pushing; asking for "delete" here keeps clients from cleaning up.
      return { type: 'repository', name: route.name, actions: ['pull', 'push'] }
    case 'tags':
    case 'blob':
    case 'referrers':
    case 'manifest':
      return { type: 'repository', name: route.name, actions: actionsFor(method) }
  }
}

export function pulling(name: RepositoryName): Access {
  return { type: 'repository', name, actions: ['pull'] }
}

function actionsFor(method: string): readonly Action[] {
  if (method === 'DELETE') return ['delete']
  return method === 'PUT' ? ['pull', 'push'] : ['pull']
}
