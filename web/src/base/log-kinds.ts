/** Kinds of entries in the groups an auditor looks through; those of `acts` are the centre's own log. */

export const GROUPS = {
  session: ['session.open', 'session.close', 'recording.open', 'recording.close', 'recover'],
  media: ['media.gap', 'media.pause', 'pause.begin', 'pause.end', 'device.held', 'media.segment', 'late.file', 'late.filed', 'late.segment'],
  words: ['utterance'],
  calls: ['voice.called', 'voice.opened', 'voice.talk', 'voice.quiet', 'voice.ended'],
  prompts: ['prompt.issued', 'prompt.shown', 'prompt.acknowledged', 'prompt.declined', 'prompt.answered', 'prompt.withdrawn'],
  notice: ['notice.read', 'notice.answered', 'notice.signed', 'notice.unsigned', 'exhibit.shown', 'exhibit.play', 'exhibit.removed'],
  documents: ['document.made', 'page.shown', 'page.signed', 'page.signed_late', 'sign.refused', 'signer.corrected', 'document.signed'],
  access: ['view.join', 'view.leave'],
  acts: [],
  alarms: ['alarm.raised', 'alarm.cleared', 'alarm.acknowledged', 'device.birth', 'device.death', 'device.sequence_gap'],
  other: ['marker', 'marker.withdrawn', 'reading'],
} as const

/** What an auditor looks at first; the many small entries come on request. */
export const FIRST_KINDS: readonly string[] = [
  ...GROUPS.session, 'media.gap', 'late.file', 'late.filed', 'pause.begin', 'pause.end', 'device.held', ...GROUPS.calls, ...GROUPS.prompts, ...GROUPS.alarms,
  ...GROUPS.notice, ...GROUPS.documents, 'view.join', 'marker',
]
