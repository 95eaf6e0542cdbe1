/** True for 127.0.0.0/8, ::1 and localhost, whatever the port. Only literal forms: no name is looked up. */
export function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]' || hostname === '::1') return true
  const parts = hostname.split('.')
  return parts.length === 4 && parts[0] === '127' && parts.every((part) => /^\d{1,3}$/.test(part))
}

/** May a secret go there? Over https, or over plain http within this machine. */
export function isConfidential({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

/** The address a secret may be sent to, without user information in it; undefined when the text is no such address. */
export function confidentialUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url && isConfidential(url) && !url.username && !url.password ? url : undefined
}
