/** Texts, custody and copies in cases and the log; wall and room desk need none of it. */

import type { SameKeys } from './same-keys'
import type zh from './zh-CN-desktop-acts'

const en: SameKeys<typeof zh> = {
  exhibit: {
    list: 'Exhibits',
    none: 'This case has no exhibits yet; add one here or on the case page',
    add: 'Add a picture or PDF',
    present: 'Present',
    openOne: 'Open {name}',
  },
  transcript: {
    download: 'Transcript',
    formats: { vtt: 'Subtitles (WebVTT)', srt: 'Subtitles (SRT)', json: 'Data (JSON)', txt: 'Plain text' },
  },
  custody: {
    title: 'Custody of the evidence',
    with: 'Kept by {name}',
    withCase: 'Still with the case officers',
    offer: 'Hand over to',
    choose: 'Choose a keeper',
    note: 'What is handed over, seal numbers',
    send: 'Offer',
    rule: 'The keeper is an administrator, no case officer and no auditor; it moves when they confirm.',
    step: '{from} to {to}',
    states: { offered: 'Waiting', accepted: 'Accepted', declined: 'Not accepted', lapsed: 'Not valid' },
    accept: 'Accept',
    decline: 'Decline',
    none: 'Never handed over',
    from: 'From',
    to: 'To',
    noted: 'Note',
  },
  copies: {
    title: 'Packages and copies',
    none: 'Nothing exported yet',
    package: 'Exported {date}, {reason}',
    types: { master: 'Master', working: 'Working copy' },
    made: '{type}, {label}, {name} {time}',
    type: 'Kind of copy',
    label: 'Medium, such as: disc 1/2',
    add: 'Note the copy',
    reason: 'Reason',
    count: 'Copies',
    all: 'Copies made',
  },
  log: {
    acts: 'Acts on the case',
    notice: 'Notice, exhibits',
    documents: 'Documents',
    everyone: 'Everybody',
    person: 'Only this person',
    from: 'From',
    to: 'To',
    times: 'Span of time',
  },
}

export default en
