import { helpFor } from '../src/cli/help.ts'
import { isGroup, routes, sections } from '../src/cli/routes.ts'
import { plainPaint } from '../src/report/index.ts'

/** docs/cli: one page per command, from the same text as `--help`. */
export async function cliDocs(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map([['docs/cli/README.md', await index()]])
  for (const path of commandPaths()) {
    pages.set(`docs/cli/${path.join('-')}.md`, page(`waybill ${path.join(' ')}`, await help(path)))
  }
  return pages
}

/** Every command's words, groups opened. */
export function commandPaths(): readonly (readonly string[])[] {
  return Object.entries(routes).flatMap(([name, route]) =>
    isGroup(route) ? Object.keys(route.routes).map((inner) => [name, inner]) : [[name]],
  )
}

async function index(): Promise<string> {
  const parts = sections.map(({ title, names }) => {
    const rows = names.flatMap(links).map((link) => `- ${link}`)
    return `## ${title}\n\n${rows.join('\n')}`
  })
  return `${page('Commands', await help([]))}\n${parts.join('\n\n')}\n`
}

function links(name: string): readonly string[] {
  const route = routes[name]
  if (!route) return []
  if (!isGroup(route)) return [`[${name}](${name}.md): ${route.brief}`]
  return Object.entries(route.routes).map(
    ([inner, { brief }]) => `[${name} ${inner}](${name}-${inner}.md): ${brief}`,
  )
}

async function help(path: readonly string[]): Promise<string> {
  const text = await helpFor([...path, '--help'], plainPaint)
  if (text === undefined) throw new Error(`No help for ${path.join(' ')}.`)
  return text
}

function page(title: string, text: string): string {
  return `# ${title}\n\nGenerated from \`--help\`.\n\n\`\`\`text\n${text}\`\`\`\n`
}
