export { wiringErrors } from './errors.ts'
export { openWorkspace } from './open-workspace.ts'
export { verifyCopy } from './verify-copy.ts'
export type { Workspace, WorkspaceOptions } from './workspace.ts'
