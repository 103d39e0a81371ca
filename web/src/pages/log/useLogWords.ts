/** What an entry is called and the one fact worth a second line; never an id. */

import { useReasons } from '@/base/reasons'
import { useWords } from '@/base/words'
import { deviceCall } from './device-call'

export interface Told {
  kind: string
  session: string
  source: string
  by_name: string
  summary: Record<string, unknown>
}

export interface Names {
  source: (session: string, source: string) => string
  room: (entry: Told) => string
}

export function useLogWords(names: Names) {
  const { t, span, wordOr, halfOf } = useWords()
  const { notNow, startUnmet } = useReasons()

  function titleOf(entry: Told): string {
    const call = deviceCall(entry, names.source)
    if (call) return t(`audit.kinds.${call.key}`, { name: call.name, by: call.by })
    if (entry.kind === 'access.case' && !entry.summary.case) return t('log.centre.read')
    const source = entry.source || String(entry.summary.source ?? '')
    return wordOr(`audit.kinds.${entry.kind.replace('.', '_')}`, 'audit.kinds.other', {
      name: source ? names.source(entry.session, source) : '',
      room: names.room(entry),
    })
  }

  /** The kind alone, as one chooses it in a filter. */
  function kindName(kind: string): string {
    const named = { name: t('log.anySource'), room: t('log.anyRoom') }
    return wordOr(`audit.kinds.${kind.replace('.', '_')}`, 'audit.kinds.other', named)
  }

  function factOf(entry: Told): string {
    const { summary } = entry
    const text = (name: string): string => (typeof summary[name] === 'string' ? (summary[name] as string) : '')
    const length = (from: string, to: string): string => span(Math.max(0, Number(summary[to]) - Number(summary[from])))
    switch (entry.kind) {
      case 'marker':
        return summary.text === '' ? t('script.wordless') : text('text')
      case 'prompt.issued':
      case 'utterance':
      case 'utterance.second':
      case 'utterance.corrected':
        return text('text')
      case 'utterance.second_asked':
      case 'utterance.second_done':
      case 'transcription.language':
      case 'transcription.model_missing':
      case 'transcription.model_back':
        return text('model')
      case 'marker.withdrawn':
        return text('reason')
      case 'prompt.declined':
        return notNow(text('reason'))
      case 'room.checks':
        return startUnmet(text('reason'))
      case 'pause.begin':
        return t(`pause.title.${text('reason') || 'other'}`)
      case 'pause.end':
      case 'device.held':
        return length('start_us', 'end_us')
      case 'voice.called':
      case 'voice.opened':
        return entry.by_name || text('by_name')
      case 'voice.ended':
        if (text('to')) return wordOr(`voice.ended.${text('why')}`, 'voice.ended.other', { name: text('by_name') })
        return wordOr(`voice.room.ended.${text('why')}`, 'voice.room.ended.other')
      case 'alarm.raised':
      case 'alarm.cleared':
        return wordOr(`alarm.kind.${text('kind')}`, 'alarm.kind.other')
      case 'media.gap':
        return `${length('start_us', 'end_us')}　${wordOr(`log.cause.${text('cause')}`, 'log.cause.other')}`
      case 'media.pause':
        return length('start_us', 'end_us')
      case 'late.file':
        return text('name')
      case 'late.filed':
        return span(Number(summary.late_us))
      case 'late.segment':
      case 'media.segment':
        return t('audit.proof.bytes', { n: Number(summary.size).toLocaleString('en') })
      case 'notice.answered':
        return [t('acts.notice.understood'), t('acts.notice.recusal')]
          .map((question, i) => `${question} ${t(`acts.notice.${(i ? summary.recusal : summary.understood) ? 'yes' : 'no'}`)}`)
          .join('　')
      case 'notice.signed':
        return text('name')
      case 'notice.unsigned':
        return [wordOr(`acts.notice.sign.whys.${text('why')}`, 'acts.notice.sign.none'), text('reason')].filter(Boolean).join('　')
      case 'custody.offered':
        return t('acts.custody.step', { from: entry.by_name, to: text('to_name') })
      case 'account.create':
      case 'account.changed':
        return [text('name') || text('account'), text('role') && t(`role.${text('role')}`)].filter(Boolean).join('　')
      case 'login.ok':
      case 'login.failed':
      case 'login.locked':
        return text('account')
      case 'witness.lost':
      case 'stamp.lost':
        return halfOf(text('witness') || text('stamp')) // why it could not be reached is said in technical words only
      case 'verify':
        return wordOr(`log.verdict.${text('verdict')}`, 'log.verdict.unreadable')
      default:
        return text('reason') || text('title') || text('label') || text('query') || text('note')
    }
  }

  return { titleOf, kindName, factOf }
}
