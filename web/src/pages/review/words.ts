/** Words of a review: what a lane is called, why nothing was recorded, what an event says. */
import { useI18n } from 'vue-i18n'
import type { IconName } from '@/components/AppIcon.vue'
import type { Review, ReviewEvent, ReviewLane, ReviewSpan } from './types'

const ICONS: Record<string, IconName> = {
  marker: 'flag',
  note: 'edit',
  pause: 'pause',
  call: 'phone',
  alarm: 'bell',
  difference: 'neq',
  'notice.read': 'shield',
  'notice.answered': 'shield',
  'exhibit.shown': 'image',
  'exhibit.removed': 'image',
  'document.made': 'file',
  'document.signed': 'lock',
  'page.signed': 'edit',
  'sign.refused': 'x',
}

/** How events are filtered: prompts in all their states are one kind, and so are documents. */
export const GROUPS = ['marker', 'note', 'prompt', 'difference', 'pause', 'call', 'alarm', 'record'] as const
export type Group = (typeof GROUPS)[number]

export function groupOf(kind: string): Group {
  if (kind.startsWith('prompt.')) return 'prompt'
  return (GROUPS as readonly string[]).includes(kind) ? (kind as Group) : 'record'
}

export const iconOf = (kind: string): IconName => ICONS[kind] ?? (kind.startsWith('prompt.') ? 'chat' : 'file')

export const toneOf = (kind: string): string => ({ alarm: 'act', difference: 'differ', marker: 'ink', note: 'ink' })[kind] ?? ''

export function useReviewWords(review: () => Review | null) {
  const { t, te } = useI18n()
  const sessionName = (session: string): string => {
    const found = review()?.sessions.find((one) => one.id === session)
    return found ? found.person_name || found.room_name : ''
  }
  return {
    sessionName,
    /** Person, the room where several sessions are looked at, source. */
    laneName: (lane: ReviewLane): string => {
      const room = (review()?.sessions.length ?? 0) > 1 ? review()?.sessions.find((one) => one.id === lane.session)?.room_name : ''
      return [...new Set([sessionName(lane.session), room, lane.name])].filter(Boolean).join(' \u00b7 ')
    },
    causeOf: (span: ReviewSpan): string => {
      if (span.state === 'pause') return t(te(`pause.title.${span.cause}`) ? `pause.title.${span.cause}` : 'review.paused')
      return te(`review.cause.${span.cause}`) ? t(`review.cause.${span.cause}`) : t('review.cause.other')
    },
    eventWord: (event: ReviewEvent): string => {
      const name = event.kind.replaceAll('.', '_')
      return te(`review.event.${name}`) ? t(`review.event.${name}`) : t('review.event.other')
    },
    eventText: (event: ReviewEvent): string => {
      if (event.kind === 'pause') return t(te(`pause.reason.${event.text}`) ? `pause.reason.${event.text}` : 'review.paused')
      if (event.kind === 'call') return event.by_name
      if (event.kind === 'alarm') return te(`alarm.kind.${event.text}`) ? t(`alarm.kind.${event.text}`) : t('alarm.title')
      return event.text
    },
  }
}
