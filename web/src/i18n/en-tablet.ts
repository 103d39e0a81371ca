import type { SameKeys } from './same-keys'
import type zh from './zh-CN-tablet'

const en: SameKeys<typeof zh> = {
  marker: {
    marked: 'Marked {time}',
    left: 'goes to the log in {n}\u00a0s',
    kept: '{n} waiting',
    note: 'A word on it (optional)',
    send: 'Keep',
    undo: 'Undo',
    words: { key: 'Key point', changed: 'Put differently', check: 'To be verified', mood: 'Change of mood' },
    take: 'Take back',
    takeNamed: 'Take back the marker of {time}',
    takeTitle: 'Take back the marker of {time}',
    why: { mistake: 'Set by mistake', place: 'Wrong place', settled: 'Settled meanwhile' },
    whyOther: 'Another reason',
    stays: 'The marker stays in the log, marked as taken back, with the reason.',
    gone: 'taken back by {name}, {time}: {reason}',
  },
  time: {
    agency: 'The interview has reached the agency\'s limit',
    night: 'Questioning at night, against the agency\'s rule',
    hours: 'Questioned for {n} hours in all',
    before: '{left} left until {n} hours of questioning in all, at {time}',
  },
}

export default en
