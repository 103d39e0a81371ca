import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import zh from '@/i18n/zh-CN'
import filed from '@/i18n/zh-CN-files'
import attendants from '@/i18n/zh-CN-attendants'
import presenting from '@/i18n/zh-CN-presenting'
import desktop from '@/i18n/zh-CN-desktop'
import reviewing from '@/i18n/zh-CN-reviewing'
import auditing from '@/i18n/zh-CN-auditing'
import interview from '@/i18n/zh-CN-interview'
import phone from '@/i18n/zh-CN-phone'
import running from '@/i18n/zh-CN-running'
import invitation from '@/i18n/zh-CN-invitation'
import later from '@/i18n/zh-CN-later'
import seats from '@/i18n/zh-CN-seats'
import stated from '@/i18n/zh-CN-stated'

const SRC = join(process.cwd(), 'src')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(vue|ts|css)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(SRC, name), 'utf8') }))

type Tree = { [key: string]: string | Tree }
const known = new Set<string>()
function collect(tree: Tree, prefix: string, into = known): void {
  for (const [key, value] of Object.entries(tree)) {
    into.add(prefix + key)
    if (typeof value !== 'string') collect(value, `${prefix}${key}.`, into)
  }
}
for (const words of [zh, filed, attendants, desktop, reviewing, auditing, interview, invitation, later, phone, presenting, running, seats, stated]) collect(words, '')

const textOf = (name: string): string => files.find((one) => one.name === name)?.text ?? ''

/** Where the frame shows nothing of it (App.vue): walls, tablets, screens, phones, before signing in. */
const ELSEWHERE = 'components/ElsewhereBands.vue'

/** Everything a page may run: what it imports at once or later, and what every page stands in. */
function neededBy(page: string): string[] {
  const pages = new Set([...textOf('pages.ts').matchAll(/import\('@\/([^']+)'\)/g)].map(([, path]) => path!))
  const found = new Set<string>()
  const waiting = [page, 'main.ts']
  for (let name = waiting.pop(); name; name = waiting.pop()) {
    if (found.has(name) || name.startsWith('i18n/') || (pages.has(name) && name !== page) || name === ELSEWHERE) continue
    found.add(name)
    for (const [, path] of textOf(name).matchAll(/(?:from|import\()\s*'([@.][^']+)'/g)) {
      const at = path!.startsWith('@/') ? path!.slice(2) : normalize(join(dirname(name), path!))
      const file = [at, `${at}.ts`, `${at}.vue`, `${at}/index.ts`].find((one) => /\.\w+$/.test(one) && existsSync(join(SRC, one)))
      if (file) waiting.push(file)
    }
  }
  return [...found]
}

describe('the sources', () => {
  it('use only texts that exist', () => {
    const missing: string[] = []
    for (const { name, text } of files) {
      for (const [, key] of text.matchAll(/\bt\(\s*'([\w.-]+)'/g)) {
        if (!known.has(key!)) missing.push(`${name}: ${key}`)
      }
      for (const [, key] of text.matchAll(/\bt\(\s*`([\w.-]+)\.\$\{/g)) {
        if (!known.has(key!)) missing.push(`${name}: ${key}.*`)
      }
    }
    expect(missing).toEqual([])
  })

  it.each([
    ['pages/wall/WallPage.vue', [zh]],
    ['pages/login/LoginPage.vue', [zh]],
    ['pages/login/InvitationPage.vue', [zh, invitation]],
    ['pages/exhibits/ScreenPage.vue', [zh]],
    ['pages/device/DevicePage.vue', [zh, phone]],
    ['pages/room/RoomEntry.vue', [zh, filed, seats, attendants, interview]],
    ['pages/room/ChoosePage.vue', [zh, filed, seats, attendants, interview]],
    ['pages/receipt/ReceiptPage.vue', [zh, filed, desktop]],
    ['pages/receipt/CheckReceiptPage.vue', [zh, filed, desktop]],
    ['pages/record/RecordPage.vue', [zh, filed, seats, attendants, interview, later, desktop]],
    ['pages/cases/CasePage.vue', [zh, filed, seats, attendants, desktop]],
  ] as [string, Tree[]][])('of %s say only what comes with that page', (page, words) => {
    const here = new Set<string>()
    for (const one of words) collect(one, '', here)
    const missing = neededBy(page).flatMap((name) => [...textOf(name).matchAll(/\bt\(\s*(?:[^()'`]*\? )?['`]([\w-]+(?:\.[\w-]+)*)/g)].map(([, key]) => key!).filter((key) => key.includes('.') && known.has(key) && !here.has(key)).map((key) => `${name}: ${key}`))
    // why a point of the check list was not met: read on the record and the review, never there
    expect(missing.filter((one) => one !== 'base/reasons.ts: checks.why')).toEqual([])
  })

  it('have no text of their own in the pages', () => {
    const spoken = files.filter(
      ({ name, text }) =>
        name.endsWith('.vue') && /[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef]/.test(text.replaceAll('简体中文', '')),
    )
    expect(spoken.map(({ name }) => name)).toEqual([])
  })

  it('use no static style attribute, which a strict policy would drop', () => {
    const styled = files.filter(({ name, text }) => name.endsWith('.vue') && /\sstyle="/.test(text.replaceAll(':style="', '')))
    expect(styled.map(({ name }) => name)).toEqual([])
  })

  it('load nothing from elsewhere', () => {
    const outside = files.filter(({ text }) => /url\(\s*['"]?https?:|@import\s+['"]https?:/.test(text))
    expect(outside.map(({ name }) => name)).toEqual([])
  })

  it('stay below 500 lines a file', () => {
    const long = files.filter(({ text }) => text.split('\n').length > 500)
    expect(long.map(({ name }) => name)).toEqual([])
  })
})
