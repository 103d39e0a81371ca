/** The pages of receipts. */

import type { SameKeys } from './same-keys'
import type zh from './zh-CN-receipt'

const en: SameKeys<typeof zh> = {
  receipt: {
    title: 'Receipt for a sealed recording',
    for: 'For the person questioned',
    case: 'Case',
    place: 'Place',
    opened: 'Opened',
    sealed: 'Sealed',
    entries: 'Log entries',
    entriesN: '{n}',
    root: 'Hash value of the seal',
    scan: 'Scan with a phone to check this receipt',
    text: 'The recording has been sealed. The hash value is computed from every log entry that was sealed: any later change gives another one.',
    privacy: 'The code holds no name, no subject and no words, only hash values, times and a signature.',
    howTo: 'The checking page answers yes or no, and when it was sealed. An export pack can also be checked offline.',
    line: 'Receipt line',
    print: 'Print',
    pdf: 'Download for printing',
    given: 'Handed over',
    shown: 'Photographed by the person',
    givenAt: 'Handed over at {time}, recorded in the evidence log',
    notSealed: 'Not sealed yet',
    notSealedText: 'There is a receipt once the interview is stopped and sealed.',
    cannot: 'The receipt cannot be opened',
    back: 'Back to the room desk',
  },
  check: {
    title: 'Check a receipt',
    lead: 'Was the recording on this receipt sealed by this agency',
    field: 'Receipt line',
    hint: 'Scanning the code on the receipt fills this in; or copy the last line of the receipt.',
    go: 'Check',
    busy: 'Checking',
    yes: 'A recording sealed by this agency',
    yesText: '{date}, {from} to {to}, sealed at {to}.',
    no: 'Not a recording sealed by this agency',
    noText: 'Check the line for slips of the pen; a scanned code has none. If it stays so, take the receipt to {unit}.',
    bad: 'This is not a whole receipt',
    badText: 'Part of it is missing or changed. Scan it again, or compare it letter by letter from the first.',
    private: 'This page shows no names, cases or words, and needs no login.',
    slow: 'Too many checks. Wait a moment, then try again.',
    away: 'The server of {unit} cannot be reached. Try again later.',
  },
}

export default en
