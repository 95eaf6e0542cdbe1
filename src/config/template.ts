/** Fills `{application}` and `{environment}`; other braces stay. */
export function fill(
  template: string,
  values: { readonly application: string; readonly environment: string },
): string {
  return template
    .replaceAll('{application}', values.application)
    .replaceAll('{environment}', values.environment)
}
