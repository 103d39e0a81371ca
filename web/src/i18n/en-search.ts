import type zh from './zh-CN-search'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = {
  search: {
    title: 'Search',
    box: 'Search the words of all cases',
    placeholder: 'Words that were said',
    go: 'Search',
    case: 'Case',
    allCases: 'All cases',
    person: 'Said by',
    anyone: 'Anyone',
    kind: 'Kind',
    kinds: { any: 'All', utterance: 'Speech', prompt: 'Prompt', marker: 'Marker', correction: 'Correction', note: 'Note', record_line: 'Record' },
    from: 'From',
    to: 'To',
    total: 'Found once | Found {n} times',
    atLeast: 'More than {n}, newest first',
    building: 'The index is being built, {n}% done; results may be incomplete',
    failed: 'The search did not work',
    again: 'Try again',
    startTitle: 'Find something that was said',
    startText: 'One character is enough; all words must occur, quotes keep them together. Results are listed by case; a click leads back to the moment.',
    noneTitle: 'Nothing found',
    noneText: 'Try other words, or widen case, person and dates.',
    more: 'Earlier ones',
    col: { time: 'Time', number: 'Number', room: 'Room', text: 'Words' },
    asker: 'Interviewer',
    unknown: 'Not told apart',
  },
  moment: {
    toReview: 'Open in review',
    play: 'Play',
    pause: 'Pause',
    back: 'Back 5 seconds',
    forward: 'Forward 5 seconds',
    source: 'Picture',
    nothing: 'Nothing was recorded at this moment',
    from: 'Play from this sentence',
    around: 'Said around it',
    noWords: 'No words were taken down around it',
    q: 'Q',
    a: 'A',
  },
}

export default en
