/**
 * The notice of rights of one person in one session: its words, in which language and how it was given, and what
 * was answered. For another person or session all of it begins empty: nobody's answers stand under another's
 * notice. It draws nothing and takes no signature.
 */

import { computed, ref } from 'vue'
import { at, get, post } from '@/api/client'
import { useAct } from '@/base/act'
import { serverNowUs } from '@/base/clock'
import { HOWS, LANGUAGES } from './kept-checks'
import type { NoticeAnswers, NoticeSaid } from './kept-checks'
import type { Signing } from './notice-signing'

export interface Notice {
  name: string
  title: string
  title_en: string
  lines: { zh: string; en: string; law: string; law_en: string }[]
  read_us: number | null
  how: string
  language: string
  answered_us: number | null
  understood: boolean | null
  recusal: boolean | null
  interpreter: boolean | null
  note: string
}

/** Where it is given: the session, empty before the start; and what was said here before the start. */
export interface NoticePlace {
  readonly session: string
  readonly room: string
  readonly before: NoticeSaid | null
}

export const QUESTIONS = ['understood', 'recusal', 'interpreter'] as const
type Answers = Record<(typeof QUESTIONS)[number], boolean | null>
const unanswered = (): Answers => ({ understood: null, recusal: null, interpreter: null })

export function useNotice(of: NoticePlace) {
  const notice = ref<Notice | null>(null)
  const language = ref<(typeof LANGUAGES)[number]>('zh')
  const how = ref<(typeof HOWS)[number]>('aloud')
  const answers = ref<Answers>(unanswered())
  const note = ref('')
  const { busy, problem, act } = useAct()
  const path = computed(() => at`/api/sessions/${of.session}/notice`)
  const ready = computed(() => notice.value?.read_us != null && QUESTIONS.every((one) => answers.value[one] !== null))
  /** What was signed before the start, or why not, as long as nothing that was told and answered has changed. */
  const signing = computed<Signing | null>(() => (!of.session && of.before?.signing && same(of.before) ? of.before.signing : null))
  /** What was said here before the start was said of another version than the one that is in use now. */
  const reworded = computed(() => !of.session && notice.value !== null && Boolean(of.before?.notice) && of.before!.notice !== notice.value.name)
  const outdated = computed(() => !of.session && notice.value !== null && Boolean(of.before?.signing) && !signing.value)
  /** Grows with each beginning: what was asked before it is no answer to it. */
  let turn = 0

  function begin(): void {
    turn += 1
    notice.value = null
    language.value = 'zh'
    how.value = 'aloud'
    answers.value = unanswered()
    note.value = ''
    problem.value = ''
  }

  /** Empty first, then as the centre has it, or as it was said here before the start. */
  async function load(): Promise<void> {
    begin()
    await step(of.session ? () => get<Notice>(path.value) : beforeStart)
  }

  /** The version in use now; what was said of another one is not said of its lines, and it is told again. */
  async function beforeStart(): Promise<Notice> {
    const said = of.before
    const blank = await get<Notice>(at`/api/rooms/${of.room}/notice`)
    const other = Boolean(said?.notice) && said!.notice !== blank.name
    if (said && other) return { ...blank, language: said.language, how: said.how }
    return said ? { ...blank, ...said, name: said.notice || blank.name, read_us: said.given_us, answered_us: said.given_us } : blank
  }

  /** False: the centre did not take it, or somebody else is questioned meanwhile. */
  async function step(made: () => Promise<Notice>): Promise<boolean> {
    const mine = turn
    const done = await act(async () => {
      const found = await made().catch((error: unknown) => {
        if (mine !== turn) return null // of another person or session: nobody here waits for it
        throw error
      })
      if (found && mine === turn) take(found)
    })
    return done && mine === turn
  }

  function take(found: Notice): void {
    notice.value = found
    language.value = LANGUAGES.find((one) => one === found.language) ?? language.value
    how.value = HOWS.find((one) => one === found.how) ?? how.value
    if (found.answered_us === null) return
    for (const one of QUESTIONS) answers.value[one] = found[one]
    note.value = found.note
  }

  async function told(): Promise<void> {
    const given_us = Math.round(serverNowUs())
    const way = { language: language.value, how: how.value, given_us, notice: notice.value?.name ?? '' }
    if (of.session) await step(() => post<Notice>(`${path.value}/read`, way))
    else if (notice.value) take({ ...notice.value, ...way, read_us: given_us })
  }

  const answersNow = (): NoticeAnswers => ({ ...answers.value, note: note.value.trim() }) as NoticeAnswers
  const saidNow = (): NoticeSaid => ({ ...answersNow(), language: language.value, how: how.value, given_us: notice.value!.read_us!, notice: notice.value!.name })
  const same = (said: NoticeSaid): boolean => {
    const { name = '', read_us = null } = notice.value ?? {}
    const told = said.given_us === read_us && (said.notice || name) === name && said.language === language.value && said.how === how.value
    return told && QUESTIONS.every((one) => said[one] === answers.value[one]) && said.note === note.value.trim()
  }
  const answer = (): Promise<boolean> => step(() => post<Notice>(`${path.value}/answers`, answersNow()))

  return { notice, language, how, answers, note, ready, signing, outdated, reworded, busy, problem, load, told, answer, saidNow }
}
