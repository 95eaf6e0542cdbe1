export const checkupGroups = [
  'machine',
  'configuration',
  'policy',
  'keys',
  'registries',
  'tools',
  'git',
  'cluster',
  'ci',
] as const
export type CheckupGroup = (typeof checkupGroups)[number]
