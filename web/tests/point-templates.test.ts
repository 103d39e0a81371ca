// @vitest-environment jsdom
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nextTick, ref } from 'vue'
import admin from '@/i18n/zh-CN-running'
import { SLOTS, TOPICS, draftOf, emptyPoint, placesOf, seenIn, standingOf, textOf, unfinished } from '@/pages/admin/point-templates'
import type { KeptTemplate, TemplateText, TemplateVersion } from '@/pages/admin/point-templates'
import { useTemplateDraft } from '@/pages/admin/useTemplateDraft'

const point = (text: string) => ({ text, question: `${text}？`, slots: ['when'] })
const version: TemplateVersion = {
  version: '2026-11', number: 0, shipped: true, name: '动火作业', name_en: 'Hot work', points: [point('一'), point('二'), point('三')], by_name: '', t_us: 0, uses: [],
}
const kept: KeptTemplate = { id: 'hot_work', shipped: true, in_use: version, withdrawn_us: null, withdrawn_by: '' }
const said = (draft: ReturnType<typeof useTemplateDraft>): string => draft.text.value.points.map((one) => one.text).join('')

describe('a template that is reworded', () => {
  it('begins as a copy, with everything that was left out', () => {
    const draft = draftOf({ ...version, points: [{ ...point('一'), verbs: ['派'] }] })
    expect(draft.points[0]).toMatchObject({ en: '', topic: '', verbs: ['派'], items: [], spoken: [] })
    draft.points[0]!.slots.push('where')
    draft.points[0]!.text = '别的'
    expect(version.points[0]).toEqual(point('一'))
  })

  it('is kept without line breaks, its slots in their order', () => {
    const draft = draftOf(version)
    Object.assign(draft.points[0]!, { text: ' 核实\n时间 ', question_en: 'When\n was it? ', slots: ['whether', 'who_did', 'nonsense'] })
    const [one] = textOf({ ...draft, name_en: 'Hot\nwork' }).points
    expect(one).toMatchObject({ text: '核实时间', question_en: 'When was it?', slots: ['who_did', 'whether'] })
    expect(one).not.toHaveProperty('key')
    expect(textOf({ ...draft, name_en: 'Hot\nwork' }).name_en).toBe('Hot work')
  })

  it('has no character of control left that the centre would refuse', () => {
    const draft = draftOf(version)
    Object.assign(draft.points[0]!, { text: '核实\t时间', question: '何时\u2028开始？\u0007', question_en: 'When\tdid it\u2029start?', event: '进\u000b入', verbs: ['安\t排'], spoken: ['顺手\r\n焊'] })
    const text = textOf({ ...draft, name: '动\u0085火\t作业' })
    expect(text.points[0]).toMatchObject({ text: '核实时间', question: '何时开始？', question_en: 'When did it start?', event: '进入', verbs: ['安排'], spoken: ['顺手焊'] })
    expect(text.name).toBe('动\u0085火作业') // the centre takes that one
  })

  it('says what is not finished, the first thing first', () => {
    const text = textOf(draftOf(version))
    const other = (changed: object): TemplateText => ({ ...text, points: [text.points[0]!, { ...text.points[1]!, ...changed }] })
    expect(unfinished(text)).toBeNull()
    expect(unfinished({ ...text, name: '' })).toEqual({ point: 0, why: 'name' })
    expect(unfinished({ ...text, points: [] })).toEqual({ point: 0, why: 'none' })
    expect(unfinished(other({ text: '' }))).toEqual({ point: 2, why: 'text' })
    expect(unfinished(other({ question: '' }))).toEqual({ point: 2, why: 'question' })
    expect(unfinished(other({ slots: [] }))).toEqual({ point: 2, why: 'slots' })
    expect(unfinished(other({ text: '一' }))).toEqual({ point: 2, why: 'twice', as: 1 })
    expect(unfinished(textOf(draftOf(null)))).toEqual({ point: 0, why: 'name' })
  })

  it('says what is longer than the centre takes, counted as it counts', () => {
    const text = textOf(draftOf(version))
    const [one] = text.points as [TemplateText['points'][number]]
    const why = (changed: object) => unfinished({ ...text, points: [{ ...one, ...changed }] })
    expect(unfinished({ ...text, name: '名'.repeat(41) })).toEqual({ point: 0, why: 'longName' })
    expect(unfinished({ ...text, name_en: 'x'.repeat(81) })).toEqual({ point: 0, why: 'longName' })
    const many = Array.from({ length: 26 }, (_, i) => ({ ...one, text: String(i) }))
    expect(unfinished({ ...text, points: many })).toEqual({ point: 0, why: 'full' })
    expect(unfinished({ ...text, points: many.slice(1) })).toBeNull()
    for (const field of ['text', 'en', 'question', 'question_en']) {
      expect(why({ [field]: '核'.repeat(201) })).toEqual({ point: 1, why: 'long', field })
      expect(why({ [field]: '𠮷'.repeat(200) })).toBeNull()
    }
    for (const field of ['topic', 'event']) expect(why({ [field]: '事'.repeat(21) })).toEqual({ point: 1, why: 'long', field })
    for (const field of ['verbs', 'items', 'spoken']) {
      expect(why({ [field]: ['话'.repeat(21)] })).toEqual({ point: 1, why: 'many', field })
      expect(why({ [field]: Array.from({ length: 21 }, (_, i) => `${i}`) })).toEqual({ point: 1, why: 'many', field })
    }
  })
})

describe('points while they are written', () => {
  it('come, go, come back where they were, and move but not beyond the ends', () => {
    const draft = useTemplateDraft(version, ref(null))
    expect(draft.changed.value).toBe(false)
    draft.remove(1)
    expect(said(draft)).toBe('一三')
    expect(draft.removed.value).toMatchObject({ at: 1 })
    draft.bringBack()
    expect(said(draft)).toBe('一二三')
    expect(draft.removed.value).toBeNull()
    expect(draft.changed.value).toBe(false)
    draft.move(0, 1)
    expect([said(draft), draft.movedTo.value]).toEqual(['二一三', 2])
    draft.move(0, -1)
    draft.move(2, 1)
    expect(said(draft)).toBe('二一三')
    expect(draft.changed.value).toBe(true)
    draft.add()
    expect(draft.open.value.has(draft.draft.value.points[3]!.key)).toBe(true)
    expect(draft.missing.value).toEqual({ point: 4, why: 'text' })
  })

  it('are not put back where there are as many as there can be', () => {
    const points = Array.from({ length: 25 }, (_, i) => point(`点${i}`))
    const draft = useTemplateDraft({ ...version, points }, ref(null))
    draft.remove(3)
    expect(draft.isFull.value).toBe(false)
    draft.add()
    expect(draft.isFull.value).toBe(true)
    draft.bringBack()
    expect([draft.draft.value.points.length, draft.removed.value?.at]).toEqual([25, 3])
    draft.remove(24)
    draft.bringBack()
    expect(draft.draft.value.points.length).toBe(25)
  })

  it('leave the focus with the next one when they are taken out, else the one before, else the way to add one', async () => {
    const list = document.createElement('ol')
    const adding = document.createElement('button')
    document.body.replaceChildren(list, adding)
    const draft = useTemplateDraft(version, ref(list), ref(adding))
    const focused = async (at: number): Promise<string> => {
      draft.remove(at)
      list.innerHTML = draft.draft.value.points.map((one) => `<li data-key="${one.key}"><button data-fold>${one.text}</button></li>`).join('')
      await nextTick()
      return document.activeElement === adding ? 'add' : (document.activeElement?.textContent ?? '')
    }
    expect([await focused(1), await focused(1), await focused(0)]).toEqual(['三', '一', 'add'])
  })

  it('put one back at the end when others went meanwhile', () => {
    const draft = useTemplateDraft(version, ref(null))
    draft.remove(2)
    draft.draft.value.points.length = 1
    draft.bringBack()
    expect(said(draft)).toBe('一三')
  })

  it('fold, and a kind that is added begins with one open', () => {
    const draft = useTemplateDraft(null, ref(null))
    const [only] = draft.draft.value.points
    expect(draft.open.value.has(only!.key)).toBe(true)
    draft.toggle(only!.key)
    expect(draft.open.value.has(only!.key)).toBe(false)
    draft.look(1)
    draft.look(9) // there is none
    expect([...draft.open.value]).toEqual([only!.key])
    expect(emptyPoint().key).not.toBe(only!.key)
  })
})

describe('kinds of violation', () => {
  it('say whose words are offered', () => {
    const own = { ...version, version: 'own-1', number: 1, shipped: false }
    expect(standingOf(kept)).toBe('shipped')
    expect(standingOf({ ...kept, in_use: own })).toBe('reworded')
    expect(standingOf({ ...kept, shipped: false, in_use: own })).toBe('own')
    expect(standingOf({ ...kept, withdrawn_us: 1 })).toBe('withdrawn')
    expect([seenIn(kept), seenIn({ ...kept, withdrawn_us: 1 })]).toEqual(['2026-11', ''])
  })

  it('name each place that was pointed out once', () => {
    expect(placesOf(['2.question.L', '2.question.B', '3.en.P'])).toEqual([{ point: 2, field: 'question' }, { point: 3, field: 'en' }])
  })

  it('have words for every topic and slot of the shipped ones', () => {
    const file = readFileSync(join(__dirname, '..', '..', 'config', 'points.toml'), 'utf-8')
    const topics = [...new Set([...file.matchAll(/ topic = "(\w+)"/g)].map((one) => one[1]!))].sort()
    expect([...TOPICS].sort()).toEqual(topics)
    expect(Object.keys(admin.pointTemplates.topic).sort()).toEqual(topics)
    expect(Object.keys(admin.pointTemplates.slot)).toEqual([...SLOTS])
  })
})
