/** What somebody is to a case. It is written freely; the usual words show in the page's language. */

const KNOWN: Record<string, string> = { 涉案人员: 'involved', 当事人: 'party', 证人: 'witness', 负责人: 'responsible' }

export function roleOf(written: string, t: (key: string) => string): string {
  const known = KNOWN[written.trim()]
  return known ? t(`case.roles.${known}`) : written
}
