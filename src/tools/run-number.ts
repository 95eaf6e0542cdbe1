/** Systems that count attempts keep the run's number; a second attempt may build other bytes. */
export function numbered(run: string, attempt: string | undefined): string {
  return attempt && attempt !== '1' ? `${run}-${attempt}` : run
}
