/**
 * `registry.example.com/team/*` → a test for `host/path`, anchored at both ends. `*` stands for part of one path
 * component, `**` for any number of components. Everything else is literal.
 */
export function repositoryPattern(pattern: string): (repository: string) => boolean {
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === '**') return '.*'
    return part === '*' ? '[^/]*' : RegExp.escape(part)
  })
  const expression = new RegExp(`^${parts.join('')}$`, 's')
  return (repository) => expression.test(repository)
}
