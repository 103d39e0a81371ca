/** The columns of lists of cases, and the views that everybody has. */

import type { CaseKind, CaseRow, CaseState } from '@/api/types'
import type { useWords } from '@/base/words'
import type { Column, ListQuery } from '@/components/list/list'

type Words = Pick<ReturnType<typeof useWords>, 't' | 'nameOf'>

export const KINDS: CaseKind[] = ['penalty', 'accident', 'complaint', 'inspection', 'other']
export const STATES: CaseState[] = ['open', 'closed', 'archived']

export function caseColumns({ t, nameOf }: Words, leads: readonly string[]): Column<CaseRow>[] {
  return [
    { key: 'name', title: t('cases.col.name'), value: nameOf, words: nameOf },
    { key: 'number', title: t('cases.col.number'), value: (one) => one.number, hidden: true },
    { key: 'enterprise', title: t('cases.col.enterprise'), value: (one) => one.enterprise, hidden: true, filter: true },
    {
      key: 'kind',
      title: t('cases.col.kind'),
      type: 'choice',
      value: (one) => one.kind,
      choices: KINDS.map((value) => ({ value, words: t(`cases.kind.${value}`) })),
      filter: true,
      wideOnly: true,
      width: '104px',
    },
    {
      key: 'state',
      title: t('cases.col.state'),
      type: 'choice',
      value: (one) => one.state,
      choices: STATES.map((value) => ({ value, words: t(`cases.state.${value}`) })),
      filter: true,
      width: '104px',
    },
    {
      key: 'lead',
      title: t('cases.col.lead'),
      type: 'choice',
      value: (one) => one.lead_name,
      choices: leads.map((value) => ({ value, words: value })),
      filter: leads.length > 0,
      wideOnly: true,
      width: '104px',
    },
    {
      key: 'live',
      title: t('cases.col.live'),
      type: 'choice',
      value: (one) => (one.rooms_recording ? 'live' : 'idle'),
      choices: [
        { value: 'live', words: t('cases.liveNow') },
        { value: 'idle', words: t('cases.idle') },
      ],
      words: (one) => (one.rooms_recording ? t('cases.recording', { n: one.rooms_recording }, one.rooms_recording) : t('cases.idle')),
      filter: true,
      width: '136px',
    },
    { key: 'alarms', title: t('cases.col.alarms'), type: 'number', value: (one) => one.alarms, filter: true, width: '120px' },
    { key: 'opened', title: t('cases.col.opened'), type: 'date', value: (one) => one.opened, filter: true, wideOnly: true, width: '120px' },
    { key: 'last', title: t('cases.col.last'), type: 'time', value: (one) => one.last_event_us, filter: true, width: '164px' },
  ]
}

export function caseViews(t: Words['t']): { name: string; query: Partial<ListQuery> }[] {
  return [
    { name: t('cases.state.open'), query: { filters: { state: 'open' } } },
    { name: t('cases.liveNow'), query: { filters: { live: 'live' } } },
    { name: t('cases.withAlarms'), query: { filters: { alarms: '1..' } } },
    { name: t('cases.state.archived'), query: { filters: { state: 'archived' } } },
  ]
}
