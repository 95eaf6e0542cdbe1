const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  EADDRINUSE: 'the port is in use',
  EADDRNOTAVAIL: 'this machine has no such address',
}

/** Why the operating system said no, in plain words; undefined when it was not the operating system. */
export function systemReason(error: unknown): string | undefined {
  const { code, syscall } = error as Partial<NodeJS.ErrnoException>
  if (!(error instanceof Error) || typeof code !== 'string' || typeof syscall !== 'string') return undefined
  return REASONS[code] ?? `${syscall} said ${code}`
}
