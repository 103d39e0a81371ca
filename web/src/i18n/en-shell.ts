/** The frame of every page: bar, crumbs, palette. */

import type shell from './zh-CN-shell'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof shell> = {
  shell: {
    areas: 'Areas',
    area: { cases: 'Cases', rooms: 'Rooms', search: 'Search', handover: 'Hand-over', audit: 'Audit', admin: 'Administration' },
    crumb: 'You are here',
  },
  palette: {
    title: 'Palette',
    placeholder: 'Find a case or a page, or type words to search for',
    search: 'Search for “{words}”',
    nothing: 'Nothing found',
    group: { search: 'Search', cases: 'Case', areas: 'Area', page: 'This case', settings: 'Settings' },
    page: { case: 'This case', wall: 'Wall of this case', words: 'Words of this case', audit: 'Verify and export this case' },
  },
}

export default en
