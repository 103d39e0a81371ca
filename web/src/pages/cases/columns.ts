/** The columns of lists of cases. */

import type { CaseRow } from '@/api/types'
import type { useWords } from '@/base/words'
import type { Column } from '@/components/list/list'

type Words = Pick<ReturnType<typeof useWords>, 't' | 'nameOf'>

export function caseColumns({ t, nameOf }: Words): Column<CaseRow>[] {
  return [
    { key: 'name', title: t('cases.col.name'), value: nameOf, words: nameOf },
    { key: 'number', title: t('cases.col.number'), value: (one) => one.number, width: '220px' },
    { key: 'enterprise', title: t('cases.col.enterprise'), value: (one) => one.enterprise, wideOnly: true },
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
      width: '160px',
    },
    { key: 'last', title: t('cases.col.last'), type: 'time', value: (one) => one.last_event_us, filter: true, width: '180px' },
  ]
}
