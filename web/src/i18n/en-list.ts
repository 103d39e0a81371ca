/** Words of every list. */

import type list from './zh-CN-list'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof list> = {
  list: {
    filterBox: 'Find in this list',
    filters: 'Filter',
    clear: 'Clear filters',
    clearOne: 'Remove the filter “{what}”',
    range: '{from} to {to}',
    fromOnly: 'from {from}',
    toOnly: 'until {to}',
    from: '{what}, from',
    to: '{what}, to',
    export: 'Export table',
    exporting: 'Exporting, {n} of {of} rows',
    exportedSome: 'The first {n} of {of} rows were exported. A file holds no more; filter to export the rest apart',
    exportLeft: 'Stopped; nothing was exported',
    exportFailed: 'Nothing was exported: {why}',
    saidRead: 'Got it',
    reading: 'Still reading, {n} so far',
    leave: 'Stop exporting',
    exported: '{n} rows exported',
    count: '{n} in all',
    countPart: '{from} to {to} of {n}',
    previous: 'Previous page',
    next: 'Next page',
    page: 'Page {page} of {pages}',
    sortBy: 'Order',
    sortUp: '{what}, ascending',
    sortDown: '{what}, descending',
    sort: 'Order by {what}',
    views: 'Views',
    all: 'All',
    save: 'Save view',
    viewName: 'Name of the view',
    keep: 'Save',
    drop: 'Delete the view “{name}”',
    viewsWhere: 'Views follow your account to other computers',
    sortNone: 'Not sorted',
    nothing: 'Nothing matches',
    nothingText: 'Try another word, or clear the filters.',
    none: 'Nothing here yet',
    failed: 'Could not be loaded',
    again: 'Try again',
    actions: 'Actions',
    rowsKeys: ' (Arrow keys move, Enter opens, slash finds)',
  },
}

export default en
