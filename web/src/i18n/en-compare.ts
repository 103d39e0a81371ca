/** The matrix and hints at wording, on the wall too; the page of a difference has words of its own. */

import type zh from './zh-CN-compare'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = {
  matrix: 'Comparison',
  count: '{n} difference | {n} differences',
  open: 'Open the comparison: {what}',
  more: '{n} in all, open the first',
  said: 'said {n} times, the latest shown',
  tone: { red: 'difference', amber: 'to be verified', grey: 'unclear', suggested: 'suggested by the local model', unclear: 'unclear', alone: 'one side only', said: '', agree: 'agrees' },
  certainty: { hedged: 'not put firmly', unknown: 'does not know' },
  low: 'some words were hard to recognise',
  repaired: 'has words put in by their sound',
  uncertainSpeaker: 'speaker not certain',
  plain: { hour: 'past {n}:00', before: 'before {n}', after: 'after {n}', least: 'at least {n}', most: 'at most {n}', morning: '{n}morning', afternoon: '{n}afternoon', evening: '{n}evening', night: '{n}small hours', noon: '{n}noon', more: '{named} and {n} more | {named} and {n} more', others: '{named} and others' },
  nobody: 'nobody',
  yes: 'yes',
  no: 'no',
  hint: 'This may lead or press the person. Instead: ',
  take: 'Use it',
  keep: 'Keep mine',
  category: { T: 'threat', I: 'inducement', D: 'deception', Z: 'feeding', L: 'leading', B: 'loaded or several questions', P: 'pressure', H: 'improper term' },
  templates: 'From a template',
  templatesTitle: 'Templates of points to verify',
  templatesVersion: 'Template version {version}',
  templatesOwn: 'The agency\'s version {n}',
  takePoints: 'Add the {n} chosen',
  pointFromSentence: 'Make it a point to verify',
  retired: 'asked no more',
  people: '{of} people',
  peopleSome: '{n} of {of} people',
  peopleTitle: 'Who has a column here',
  peopleKept: 'Changes only what you see, kept for this case; whoever comes later is shown by itself.',
  notSeated: 'Not in a room',
  nobodySeated: 'Nobody on record here',
  nameless: 'Nobody was on record there',
}

export default en
