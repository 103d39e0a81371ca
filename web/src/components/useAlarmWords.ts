/** What an alarm says, in words: where, what, since when, what became of it. Never an id. */

import { nowUs } from '@/base/clock'
import { clockTime } from '@/base/time'
import { useWords } from '@/base/words'
import type { Alarm } from '@/desk/protocol'
import { shownReading } from '@/desk/readings'
import type { DeskState } from '@/desk/state'

interface Named {
  name: string
  name_en?: string
}

/** Without the state of a desk for alarms of many cases, which come with their names (`whereOf`). */
export function useAlarmWords(state?: DeskState) {
  const { t, span, nameOf, wordOr } = useWords()

  const quantity = (name: string): string => wordOr(`reading.${name}`, 'alarm.otherQuantity')
  const amount = (name: string, milli: number, apartFrom?: number): string => {
    const { value, unit } = shownReading(name, milli, apartFrom)
    return unit ? `${value} ${unit}` : value
  }

  /** 氧 18.5 %，低于 19.5 % */
  function what(alarm: Alarm): string {
    const { kind, about, value, limit, note } = alarm
    const measured = (value ?? null) !== null && about
    if (measured && limit !== undefined && (kind === 'reading_low' || kind === 'reading_high')) {
      const words = { what: quantity(about), value: amount(about, value!, limit), limit: amount(about, limit) }
      return t(kind === 'reading_low' ? 'alarm.low' : 'alarm.high', words)
    }
    if (measured && kind === 'device_silent') {
      return t('alarm.last', { what: quantity(about), value: amount(about, value!) })
    }
    if (kind === 'microphone_silent' && about) return wordOr(`alarm.who.${about}`, `alarm.kind.${kind}`)
    if (kind === 'time_limit') return limit === undefined || about === 'agency' ? t(about === 'night' ? 'tablet.time.night' : 'tablet.time.agency') : hours(alarm, Number((limit / 60_000).toFixed(1)))
    const word = wordOr(`alarm.kind.${kind}`, 'alarm.kind.other')
    return note ? t('alarm.noted', { what: word, note }) : word
  }

  /** Of a person's hours: reached, or how long until they are. `value` is thousandths of a minute. */
  function hours({ value, since_us: since, cleared_us: over }: Alarm, n: number): string {
    if (value === undefined || value === null) return t('tablet.time.hours', { n })
    const dueUs = since + value * 60_000
    const leftUs = over === undefined ? Math.max(0, dueUs - nowUs.value) : dueUs - since // as it was when it was said
    return t('tablet.time.before', { n, left: span(Math.ceil(leftUs / 60_000_000) * 60_000_000), time: clockTime(dueUs) })
  }

  /** 现场 气体检测仪 03; a camera is named by its room alone. */
  function where(alarm: Alarm): string {
    const detail = state?.detail
    return whereOf(detail?.rooms.find((one) => one.id === alarm.room), detail?.sources.find((one) => one.id === alarm.source))
  }
  function whereOf(room?: Named, source?: Named & { kind: string }): string {
    const place = room ? nameOf(room) : ''
    if (!source) return place
    return source.kind === 'room_camera' ? place || nameOf(source) : `${place} ${nameOf(source)}`.trim()
  }

  /** Whether it still is so, and if not, when and why it ended. */
  function standing(alarm: Alarm): string {
    if (alarm.cleared_us === undefined) return t('alarm.holding')
    const time = clockTime(alarm.cleared_us)
    if (alarm.reason === 'session_closed') return t('alarm.overWith', { time })
    if (alarm.reason === 'source_gone') return t('alarm.overGone', { time })
    return t('alarm.over', { time })
  }

  function noticed(alarm: Alarm): string {
    if (alarm.acknowledged_us === undefined) return t('alarm.waiting')
    return t('alarm.acknowledged', {
      name: alarm.acknowledged_by ?? '',
      time: clockTime(alarm.acknowledged_us),
    })
  }

  return { what, where, whereOf, standing, noticed }
}
