/** Who saw the log and who stamped it: for each log, for each second, and until when. Pure. */

import type { Attested, Report, Voucher } from '@/api/types'

export type VoucherKind = 'cosigned' | 'stamped'

export interface Vouched {
  protected: number
  cosigned: number
  stamped: number
}

/** Until when everything of all sessions is in the log, seen by a witness, and time-stamped. */
export function vouchedOf(report: Report): Vouched {
  const last = (kind: VoucherKind | null): number => {
    let until = 0
    for (const session of report.seconds ?? []) {
      for (const span of session.spans) {
        if (kind === null || span[kind].length) until = Math.max(until, span.end_us)
      }
    }
    return until
  }
  return { protected: last(null), cosigned: last('cosigned'), stamped: last('stamped') }
}

/** Somebody who vouches: the last time, how often, and the last second of any session it covers. */
export interface Vouching extends Voucher {
  kind: VoucherKind
  until_us: number
}

/** Everybody who vouches for a log, of several logs as one line each; witnesses before authorities. */
export function vouchingOf(report: Report): Vouching[] {
  const found = new Map<string, Vouching>()
  for (const log of report.protection ?? []) {
    for (const kind of ['cosigned', 'stamped'] as const) {
      for (const one of log[kind]) {
        const known = found.get(kind + one.by)
        const newer = !known || one.last_us > known.last_us ? one : known
        found.set(kind + one.by, {
          ...newer,
          kind,
          heads: one.heads + (known?.heads ?? 0),
          signed: one.signed && (known?.signed ?? true),
          until_us: untilOf(report, kind, one.by),
        })
      }
    }
  }
  return [...found.values()].sort((a, b) => a.kind.localeCompare(b.kind) || a.by.localeCompare(b.by))
}

function untilOf(report: Report, kind: VoucherKind, by: string): number {
  const spans = (report.seconds ?? []).flatMap((one) => one.spans)
  return spans.reduce((until, span) => (span[kind].some((one) => one.by === by) ? Math.max(until, span.end_us) : until), 0)
}

/** How many witnesses there are, and until when all of them have seen what was recorded. */
export function witnessesOf(report: Report): { n: number; until_us: number } {
  const names = new Set((report.seconds ?? []).flatMap((one) => one.spans).flatMap((span) => span.cosigned.map((one) => one.by)))
  const untils = [...names].map((by) => untilOf(report, 'cosigned', by))
  return { n: names.size, until_us: names.size ? Math.min(...untils) : 0 }
}

export interface VouchedSecond {
  cosigned: Attested[]
  stamped: Attested[]
}

/** Who vouches for a second; null: the report says nothing of it. */
export function vouchedAt(report: Report | null, session: string, at_us: number): VouchedSecond | null {
  const spans = report?.seconds?.find((one) => one.session === session)?.spans
  return spans?.find((one) => at_us >= one.start_us && at_us < one.end_us) ?? null
}

/** The stretches of a session, between two times, that somebody of a kind vouches for; neighbours as one. */
export function vouchedStretches(report: Report | null, session: string, kind: VoucherKind, from_us: number, to_us: number): { start_us: number; end_us: number }[] {
  const found: { start_us: number; end_us: number }[] = []
  for (const span of report?.seconds?.find((one) => one.session === session)?.spans ?? []) {
    const start_us = Math.max(span.start_us, from_us)
    const end_us = Math.min(span.end_us, to_us)
    if (!span[kind].length || end_us <= start_us) continue
    const last = found.at(-1)
    if (last?.end_us === start_us) last.end_us = end_us
    else found.push({ start_us, end_us })
  }
  return found
}
