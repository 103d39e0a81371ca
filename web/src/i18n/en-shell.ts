/** The frame of every page: bar, crumbs, palette. */

import type shell from './zh-CN-shell'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof shell> = {
  shell: {
    areas: 'Areas',
    area: { cases: 'Cases', rooms: 'Rooms', search: 'Search', handover: 'Hand-over', audit: 'Audit', admin: 'Administration' },
    crumb: 'You are here',
  },
  jobs: {
    title: 'My tasks',
    count: '{n} running',
    new: 'done',
    col: { kind: 'Task', about: 'Case', state: 'State', time: 'Time' },
    kind: { verify: 'Verification', check: 'Check of a package', export: 'Export', derive: 'Redacted copy', clip: 'Clip', measure: 'Measuring storage', model: 'Check of a model' },
    running: 'Running, {n} %',
    done: 'Done',
    failed: 'Not done: {why}',
    ended: 'Done: {verdict}',
    good: 'nothing wrong was found',
    bad: 'something is wrong',
    look: 'Open',
    get: 'Download: {what}',
    hint: 'You may leave the page, tasks go on. Those of the last seven days.',
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
