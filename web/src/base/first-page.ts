/** Where somebody begins: the page of their role; an administrator at the assistant while steps are open. */

import { get } from '@/api/client'
import { readKept } from '@/api/kept'
import type { Role } from '@/api/types'
import { doneSteps, LEFT } from '@/pages/admin/set-up'
import type { SetUp } from '@/pages/admin/set-up'
import { homeOf } from './areas'

export async function firstPageOf(role: Role | undefined): Promise<string> {
  if (role !== 'administrator' || readKept(LEFT)) return homeOf(role)
  try {
    const found = await get<SetUp>('/api/set-up')
    const away = Math.abs(found.now_us / 1000 - Date.now())
    return Object.values(doneSteps(found, away)).every(Boolean) ? homeOf(role) : '/admin/set-up'
  } catch {
    return homeOf(role) // the home says by itself what is wrong
  }
}
