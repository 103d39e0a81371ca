import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import zh from '@/i18n/zh-CN'
import filed from '@/i18n/zh-CN-files'
import running from '@/i18n/zh-CN-running'
import seats from '@/i18n/zh-CN-seats'

const SRC = join(process.cwd(), 'src')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(vue|ts|css)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(SRC, name), 'utf8') }))

type Tree = { [key: string]: string | Tree }
const known = new Set<string>()
function collect(tree: Tree, prefix: string): void {
  for (const [key, value] of Object.entries(tree)) {
    known.add(prefix + key)
    if (typeof value !== 'string') collect(value, `${prefix}${key}.`)
  }
}
for (const words of [zh, filed, running, seats]) collect(words, '')

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
