/** The engine's short forms of times and numbers, as somebody would say them. */

/** Key of words under `compare.plain`, and what goes into them; null: the value is plain already. */
export interface Plain {
  key: 'hour' | 'before' | 'after' | 'least' | 'most' | 'morning' | 'afternoon' | 'evening' | 'night' | 'noon'
  n: string
}

/** Parts of a day, which the engine names in Chinese. */
const PARTS = { 上午: 'morning', 下午: 'afternoon', 晚上: 'evening', 凌晨: 'night', 中午: 'noon' } as const

const FORMS: readonly [RegExp, Plain['key']][] = [
  [/^(.*?)0?(\d{1,2}):xx$/, 'hour'],
  [/^(.*?)<(\d\d:\d\d)$/, 'before'],
  [/^(.*?)>(\d\d:\d\d)$/, 'after'],
  [/^()>=(.+)$/, 'least'],
  [/^()<=(.+)$/, 'most'],
]

export function plainOf(value: string): Plain | null {
  const part = /^(.*?)(上午|下午|晚上|凌晨|中午)$/.exec(value)
  if (part) return { key: PARTS[part[2] as keyof typeof PARTS], n: part[1]! }
  for (const [form, key] of FORMS) {
    const found = form.exec(value)
    if (found) return { key, n: `${found[1]}${found[2]}` }
  }
  return null
}

/** Named people and how many beside them: `李某+3`, or an unknown number of them: `李某+`. */
export function withOthers(value: string): { named: string; n: number | null } | null {
  const found = /^(.+)\+(\d*)$/.exec(value)
  return found ? { named: found[1]!, n: found[2] ? Number(found[2]) : null } : null
}
