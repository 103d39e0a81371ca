/** The page that plays a moment of a session; it opens beside the record, which may be unsaved. */

export function momentAddress(where: { case: string; session: string; room: string }, t_us: number): string {
  const query = new URLSearchParams({ session: where.session, room: where.room, t: String(t_us) })
  return `/cases/${encodeURIComponent(where.case)}/moment?${query}`
}
