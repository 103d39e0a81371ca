/** A device's call to the centre in the log: who called and who took it, not the other way round. */

interface Entry {
  kind: string
  session: string
  summary: Record<string, unknown>
}

/** The words of such an entry, under `audit.kinds`; null: it is told as every other. */
export function deviceCall(entry: Entry, source: (session: string, id: string) => string): { key: string; name: string; by: string } | null {
  const text = (name: string): string => (typeof entry.summary[name] === 'string' ? (entry.summary[name] as string) : '')
  const [to, theirs] = [text('to'), text('by').startsWith('source:')]
  if (!to || (entry.kind !== 'voice.called' || !theirs) && (entry.kind !== 'voice.opened' || theirs)) return null
  return { key: `${entry.kind.replace('.', '_')}_device`, name: source(entry.session, to), by: text('by_name') }
}
