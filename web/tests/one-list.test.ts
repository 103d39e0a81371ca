/** Every list that can grow is `DataList`: it pages, sorts and exports. What is drawn otherwise is named here, with why. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const SOURCE = join(__dirname, '..', 'src')
const ROW = /<(li|tr|article|section|div|[A-Z]\w*Row)\b[^<]*?\sv-for="(?:\([^)]*\)|\{[^}]*\}|\[[^\]]*\]|\w+) in ([^"]+)"/gs

/** Loops over rows that are not the one list, by the reason for which they stay as they are. */
const KEPT: Record<string, string[]> = {
  'the one list itself': ['components/DataList.vue shown', 'components/DataList.vue shown'],
  'what waits for an answer now, a few lines of a band': [
    'components/CallsBand.vue ringing', 'components/CallsBand.vue told', 'pages/wall/CallerBand.vue ringing', 'pages/wall/CallerBand.vue past',
  ],
  'a calendar': ['components/DayCalendar.vue weeks'],
  'pages and cases that the palette found; it narrows with each letter': ['components/CommandPalette.vue found'],
  'versions of one sentence': ['components/SentenceDialog.vue again', 'components/SentenceDialog.vue versions'],
  'what one room has: microphones, steps, points to be met, loudspeakers': [
    'components/MicrophoneRows.vue microphones', 'pages/room/CheckList.vue POINTS', 'pages/room/NoticeDialog.vue notice.lines', 'pages/room/NoticeSign.vue lines', 'pages/exhibits/ScreenPage.vue stage.notice.lines',
    'pages/room/NoticeDialog.vue QUESTIONS', 'pages/room/UnmetDialog.vue unmet', 'pages/room/RecordingBand.vue channels', 'pages/room/StopDialog.vue missing', 'pages/room/StopDialog.vue waited',
    'pages/admin/RoomDialog.vue room.sources',
  ],
  'rooms and prompts a tablet is pressed on, at most some of its own': [
    'pages/room/ChoosePage.vue groups', 'pages/room/ChoosePage.vue group.rooms', 'pages/room/QuestionOutline.vue settled.slice(0, 3)', 'pages/room/QuestionOutline.vue points',
    'pages/wall/RoomPrompt.vue earlier', 'pages/exhibits/RoomStages.vue props.rooms', 'pages/wall/CallList.vue devices',
  ],
  'who may sit in one room: people of the case, its rooms, officers, six others at most, to be pressed': [
    'components/attendants/AttendantsDialog.vue chosen', 'components/attendants/AttendantsDialog.vue off', 'components/seats/OfficersForm.vue chosen', 'components/seats/OfficersForm.vue left', 'components/seats/SeatsDialog.vue detail.people', 'components/seats/SeatsDialog.vue rooms',
  ],
  'what was added to one record after the end': ['pages/record/CorrectionsPart.vue document.corrections', 'pages/record/CorrectionsPart.vue late'],
  'fixed sentences': ["pages/receipt/ReceiptPage.vue ['text', 'privacy', 'howTo']", 'pages/wall/ShortcutHelp.vue keys', 'pages/review/KeysDialog.vue KEYS'],
  'two ends of a stretch, and places on one picture, twenty at most': ["pages/exhibits/KeepClip.vue (['from', 'to'] as const)", 'pages/audit/RedactBoxes.vue boxes'],
  'steps of one proof': ['pages/log/EntryPanel.vue rungs', 'pages/log/EntryPanel.vue checked.steps', 'pages/audit/ProofPanel.vue rungs'],
  'a small fixed set that exports itself (ExportButton)': [
    'pages/permissions/PermissionsTable.vue rows', 'pages/permissions/PermissionsTable.vue row.opens', 'pages/permissions/PermissionsTable.vue table.case_roles',
    'pages/running/HealthPage.vue health.queues', 'pages/running/HealthPage.vue health.parts', 'pages/running/StoragePage.vue found.places',
  ],
  'parts of the program: forms, models, disks, logs, steps of the assistant': [
    'pages/admin/AdminHomePage.vue parts.filter((part) => part.key !== \'home\')', 'pages/admin/FormPanel.vue forms', 'pages/admin/FormPanel.vue versionsOf(one)', 'pages/admin/SetUpPage.vue steps',
    'pages/admin/QuestionDialog.vue hints', 'pages/admin/QuestionDialog.vue question.versions', 'pages/running/RotatePanel.vue keys.rotations', 'pages/running/ModelsPage.vue found.models',
    'pages/running/CommandList.vue commands', 'pages/running/FactsPanel.vue facts', 'pages/running/FactsPanel.vue 6', 'pages/running/StoragePage.vue found.disks', 'pages/running/StoragePage.vue found.paces',
  ],
  'the notices of rights: one for each kind of session, their paragraphs, 40 at most, what they leave out, and the versions of one': [
    'components/NoticeWords.vue lines', 'pages/admin/NoticeEditDialog.vue text.lines', 'pages/admin/NoticeEditDialog.vue doubts', 'pages/admin/NoticePanel.vue notices',
    'pages/admin/NoticePanel.vue one.versions', 'pages/admin/NoticePanel.vue doubts',
  ],
  'one template of points: its points, 25 at most, the lists of words of one, what may lead, and its versions': [
    'pages/admin/PointTemplateEditDialog.vue draft.points', 'pages/admin/PointFields.vue LISTS', 'pages/admin/TemplatePreview.vue points', 'pages/admin/TemplateHints.vue hints',
    'pages/admin/PointTemplateDialog.vue versions',
  ],
  'rows of other lists: a kept question to each room': ['pages/wall/PromptHistory.vue group.prompts'],
  'the overview: the newest of a list that the case has in full beside it': ['pages/cases/EvidenceSummary.vue items.slice(0, SHOWN)'],
  'files on their way from here, until the list has them': ['pages/handover/HandoverPage.vue sending'],
  'drawings on a line of time, and scripts that are read': [
    'pages/cases/TimelinePanel.vue lanes', 'pages/review/ScriptPanel.vue drawn', 'pages/audit/StripBand.vue strips', 'pages/audit/StripBand.vue pauses',
    'pages/audit/StripBand.vue lateFiles', 'pages/compare/SideView.vue shownLines', 'pages/wall/AlignedScript.vue rows', 'pages/wall/AlignedScript.vue [row.a, row.b]', 'pages/wall/AlignedScript.vue hearing',
    'pages/wall/AlignedScript.vue partials', 'pages/search/MomentPage.vue lines',
  ],
  'the matrix of points and people': ['components/matrix/MatrixTable.vue rows'],
  'a report of one package; its file holds everything': [
    'pages/audit/VerdictBar.vue shown', 'pages/audit/CheckPage.vue copies.logs', 'pages/audit/CheckPage.vue copies[key]', 'pages/audit/CopyResult.vue home',
  ],
  'one line a person; every look is in the list of looks': ['pages/audit/PackagePanel.vue viewers'],
  'holds on a whole case, a few; what they hold is in the list below': ['pages/audit/RetentionPanel.vue found.holds'],
  'hits by case, page by page to the last one; their export holds all of them': ['pages/search/SearchPage.vue groups', 'pages/search/SearchPage.vue group.hits'],
  "one's own keys, codes and places of being signed in": ['pages/account/PasskeysPanel.vue account.passkeys', 'pages/account/CodesPanel.vue recovery', 'pages/account/LoginsPanel.vue account.logins'],
  'text that is written and signed, line by line': [
    'pages/record/ReviewStep.vue review.steps', 'pages/record/ReviewStep.vue shown', 'pages/record/SigningView.vue signers', 'pages/record/SigningView.vue document.refusals',
    'pages/record/ChangeDialog.vue lines', 'pages/record/TextEditor.vue lines', 'pages/record/PageReading.vue group.blocks', 'pages/record/PageReading.vue group.blocks', 'pages/words/WordsPage.vue GROUPS', 'pages/words/WordsPage.vue lexicon[group]',
    'pages/compare/ReviewPanel.vue history', 'pages/compare/ReviewPanel.vue asked', 'components/AlarmsBand.vue shown', 'components/matrix/TemplatesDialog.vue template.points',
  ],
  'facts of one thing, by name, and receipts of one prompt': [
    'pages/cases/CasePage.vue facts', 'pages/log/EntryPanel.vue fields', 'components/PromptReceipts.vue steps', 'pages/admin/SetUpPage.vue found.witness_lines', 'pages/admin/SetUpPage.vue found.mirror_paths',
    'pages/running/ModelsPage.vue mayHear(one).filter((each) => asked === one.id + each)',
  ],
  'what stands at this moment: alarms of the band, words being heard, prompts that wait, tiles': [
    'components/AlarmBand.vue shown', 'components/ScriptView.vue partials', 'pages/room/PromptArea.vue waiting', 'pages/wall/WallBoard.vue items',
  ],
  'a choice that narrows with each letter': ['pages/wall/QuestionDialog.vue found'],
  'what documents and stored data of a case state, with what was taken back: not in the one list yet': [
    'pages/stated/StatedPanel.vue stands', 'pages/stated/StatedPanel.vue gone', 'pages/stated/StoredPanel.vue stands', 'pages/stated/StoredPanel.vue gone',
  ],
  'devices of one room, in its row of the list': ['pages/cases/RoomsPanel.vue one.sources'],
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
    const path = join(folder, one.name)
    return one.isDirectory() ? filesIn(path) : path.endsWith('.vue') ? [path] : []
  })
}

const drawn = filesIn(SOURCE).flatMap((path) => {
  const text = readFileSync(path, 'utf-8')
  return [...text.matchAll(ROW)].map((one) => `${relative(SOURCE, path)} ${one[2]!}`)
})
const kept = Object.values(KEPT).flat()

describe('a list', () => {
  it('is DataList, or named above with its reason', () => {
    const rest = [...kept]
    const unnamed = drawn.filter((one) => {
      const at = rest.indexOf(one)
      if (at >= 0) rest.splice(at, 1)
      return at < 0
    })
    expect(unnamed).toEqual([])
    expect(rest, 'no longer there').toEqual([])
  })
  it('that is drawn as it is and said to export itself does', () => {
    for (const one of KEPT['a small fixed set that exports itself (ExportButton)']!) {
      expect(readFileSync(join(SOURCE, one.split(' ')[0]!), 'utf-8')).toContain('<ExportButton')
    }
  })
  it('inside a panel is never without order and export', () => {
    for (const path of filesIn(SOURCE)) expect(readFileSync(path, 'utf-8'), path).not.toMatch(/<DataList[^>]*\splain[\s>]/s)
  })
})
