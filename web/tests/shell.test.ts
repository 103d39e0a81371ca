import { describe, expect, it } from 'vitest'
import { areaOf, AREAS, homeOf } from '@/base/areas'
import { matching, SHOWN_MAX } from '@/components/palette'
import type { Command } from '@/components/palette'

describe('the areas', () => {
  it('know their pages', () => {
    expect(areaOf('/cases/a/words')?.key).toBe('cases')
    expect(areaOf('/wall/a')?.key).toBe('cases')
    expect(areaOf('/audit/a')?.key).toBe('audit')
    expect(areaOf('/auditors')).toBeUndefined()
    expect(areaOf('/login')).toBeUndefined()
  })
  it('begin where the role may read', () => {
    expect(homeOf('manager')).toBe('/cases')
    expect(homeOf('auditor')).toBe('/cases')
    expect(homeOf('administrator')).toBe('/admin')
    expect(homeOf('interviewer')).toBe('/room')
  })
  it('have addresses of their own', () => {
    const roots = AREAS.flatMap((one) => [one.path, ...(one.also ?? [])])
    expect(new Set(roots).size).toBe(roots.length)
  })
})

describe('the palette', () => {
  const command = (id: string, words: string, also = ''): Command => ({ id, words, also, group: 'cases', icon: 'file', run: () => {} })
  it('finds by every word, what begins with it first', () => {
    const all = [command('1', '油库动火案', '2026-014'), command('2', '动火作业'), command('3', '别的')]
    expect(matching(all, '动火').map((one) => one.id)).toEqual(['2', '1'])
    expect(matching(all, '动火 014').map((one) => one.id)).toEqual(['1'])
    expect(matching(all, '').map((one) => one.id)).toEqual(['1', '2', '3'])
  })
  it('shows so many at most', () => {
    const many = Array.from({ length: 50 }, (_, i) => command(String(i), `案 ${i}`))
    expect(matching(many, '案')).toHaveLength(SHOWN_MAX)
  })
})
