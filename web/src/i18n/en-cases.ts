/** The list of cases. */

import type cases from './zh-CN-cases'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof cases> = {
  cases: {
    title: 'Cases',
    heading: 'Cases',
    col: { name: 'Case', number: 'Number', enterprise: 'Enterprise', live: 'Recording', last: 'Last event', kind: 'Kind', state: 'State', lead: 'Lead', alarms: 'Alarms', tasks: 'Tasks', opened: 'Filed', incident: 'Incident', people: 'People' },
    kind: { penalty: 'Penalty', accident: 'Accident', complaint: 'Complaint', inspection: 'Inspection', other: 'Other' },
    state: { open: 'Open', closed: 'Closed', archived: 'Archived' },
    liveNow: 'Recording now',
    withAlarms: 'Alarms waiting',
    summary: '{n} open case, {rooms} | {n} open cases, {rooms}',
    summaryNone: 'no room recording',
    summaryRooms: '{n} room recording | {n} rooms recording',
    summaryAlarms: '{n} alarm waits | {n} alarms wait',
    recording: '{n} room recording | {n} rooms recording',
    idle: 'Not recording',
    alarms: '{n} waits | {n} wait',
    toWall: 'Open the wall',
    emptyTitle: 'No cases yet',
    emptyText: 'Open a case here once it is filed; people, rooms and records belong to it.',
    emptyReader: 'A case appears here once it is given to you.',
    create: 'Open a case',
    edit: 'Change the facts of the case',
    save: 'Save',
    saving: 'Saving…',
    lead: 'Lead',
    leadMe: 'Myself',
    field: { number: 'Number', name: 'Short name', name_en: 'Short name in English', kind: 'Kind', enterprise: 'Enterprise', cause: 'Cause', incident_date: 'Day of the incident', opened: 'Day of filing' },
    needed: 'needed',
  },
}

export default en
