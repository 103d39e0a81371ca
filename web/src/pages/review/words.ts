/** Words of a review: what a lane is called, why nothing was recorded, what an event says. */
import { inject } from 'vue'
import { useI18n } from 'vue-i18n'
import type { InjectionKey, ShallowRef } from 'vue'
import type { CaseDetail } from '@/api/types'
import { useWords } from '@/base/words'
import type { IconName } from '@/components/AppIcon.vue'
import type { Review, ReviewEvent, ReviewLane, ReviewSpan } from './types'

const ICONS: Record<string, IconName> = {
  marker: 'flag',
  note: 'edit',
  pause: 'pause',
  'device.held': 'pause',
  call: 'phone',
  alarm: 'bell',
  difference: 'neq',
  'notice.read': 'shield',
  'notice.answered': 'shield',
  'notice.signed': 'edit',
  'notice.unsigned': 'x',
  'exhibit.shown': 'image',
  'exhibit.removed': 'image',
  'document.made': 'file',
  'document.signed': 'lock',
  'page.signed': 'edit',
  'page.signed_late': 'edit',
  'sign.refused': 'x',
  'signer.corrected': 'edit',
}

/** How events are filtered: prompts in all their states are one kind, and so are documents. */
export const GROUPS = ['marker', 'note', 'prompt', 'difference', 'pause', 'call', 'alarm', 'record'] as const
export type Group = (typeof GROUPS)[number]

export function groupOf(kind: string): Group {
  if (kind.startsWith('prompt.')) return 'prompt'
  if (kind === 'device.held') return 'pause'
  return (GROUPS as readonly string[]).includes(kind) ? (kind as Group) : 'record'
}

export const iconOf = (kind: string): IconName => ICONS[kind] ?? (kind.startsWith('prompt.') ? 'chat' : 'file')

export const toneOf = (kind: string): string => ({ alarm: 'act', difference: 'differ', marker: 'ink', note: 'ink' })[kind] ?? ''

/** The case, for what its people, rooms and sources are called in the other language. */
export const CASE: InjectionKey<ShallowRef<CaseDetail | null>> = Symbol('case of the review')

/** What tells a session apart for people. */
type Met = { room: string; room_name: string; person_name: string }

/** The page gives its case; the parts of the page find it by themselves. */
export function useReviewWords(review: () => Review | null, own?: ShallowRef<CaseDetail | null>) {
  const { t, te } = useI18n()
  const { nameOf, calledIn, pointText } = useWords()
  const names = own ?? inject(CASE, null)
  const roomName = (of: Met): string => nameOf(names?.value?.rooms.find((one) => one.id === of.room) ?? { name: of.room_name, name_en: '' })
  const nameOfSession = (of: Met): string => (calledIn(names?.value?.people, of.person_name) || roomName(of))
  const sourceName = (lane: ReviewLane): string => nameOf(names?.value?.sources.find((one) => one.id === lane.source) ?? { name: lane.name, name_en: '' })
  const sessionName = (session: string): string => {
    const found = review()?.sessions.find((one) => one.id === session)
    return found ? nameOfSession(found) : ''
  }
  return {
    sessionName,
    nameOfSession,
    /** Person, or the place where nobody is questioned, and source. */
    laneName: (lane: ReviewLane): string => [...new Set([sessionName(lane.session), sourceName(lane)])].filter(Boolean).join(' \u00b7 '),
    causeOf: (span: ReviewSpan): string => {
      if (span.state === 'pause') return t(te(`pause.title.${span.cause}`) ? `pause.title.${span.cause}` : 'review.paused')
      const cause = t(te(`review.cause.${span.cause}`) ? `review.cause.${span.cause}` : 'review.cause.other')
      return span.pressed ? t('review.pressed', { cause, title: t(`pause.title.${span.pressed}`) }) : cause
    },
    eventWord: (event: ReviewEvent): string => {
      const name = event.kind.replaceAll('.', '_')
      return te(`review.event.${name}`) ? t(`review.event.${name}`) : t('review.event.other')
    },
    eventText: (event: ReviewEvent): string => {
      if (groupOf(event.kind) === 'pause') return t(te(`pause.reason.${event.text}`) ? `pause.reason.${event.text}` : 'review.paused')
      if (event.kind === 'difference') {
        const point = names?.value?.points.find((one) => one.text === event.text)
        return point ? pointText(point) : event.text
      }
      if (event.kind === 'call') return event.by_name
      if (event.kind === 'alarm') return te(`alarm.kind.${event.text}`) ? t(`alarm.kind.${event.text}`) : te(`review.${event.text}`) ? t(`review.${event.text}`) : ''
      return event.text || (event.kind === 'marker' ? t('script.wordless') : '')
    },
  }
}
