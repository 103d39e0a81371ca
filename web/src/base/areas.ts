/**
 * The areas of the application: one table for the bar, the menu of narrow screens and the palette.
 * An area appears to the roles named here, once a page answers at its address; what one may do there
 * the centre decides. New areas (inspections, enterprises, reports, equipment, evaluation) are one
 * line each: after the sixth they gather under "more".
 */

import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { me } from '@/api/account'
import type { Role } from '@/api/types'
import type { IconName } from '@/components/AppIcon.vue'

export interface Area {
  key: 'cases' | 'rooms' | 'search' | 'handover' | 'audit' | 'admin'
  path: string
  icon: IconName
  roles: readonly Role[]
  /** Pages of the area that stand at other addresses. */
  also?: readonly string[]
}

export const AREAS: readonly Area[] = [
  { key: 'cases', path: '/cases', icon: 'file', roles: ['manager', 'interviewer', 'auditor'], also: ['/wall', '/review'] },
  { key: 'rooms', path: '/room', icon: 'cam', roles: ['interviewer'] },
  { key: 'search', path: '/search', icon: 'search', roles: ['manager', 'interviewer', 'auditor'] },
  { key: 'handover', path: '/handover', icon: 'sync', roles: ['manager', 'interviewer', 'administrator'] },
  { key: 'audit', path: '/audit', icon: 'shield', roles: ['manager', 'auditor'] },
  { key: 'admin', path: '/admin', icon: 'gear', roles: ['administrator'] },
]

/** How many stand in the bar before the rest goes under "more". */
export const IN_BAR = 6

const within = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)

export function areaOf(path: string): Area | undefined {
  return AREAS.find((one) => [one.path, ...(one.also ?? [])].some((root) => within(path, root)))
}

/** What somebody opens the application for. */
export function homeOf(role: Role | undefined): string {
  if (role === 'administrator') return '/admin'
  if (role === 'interviewer') return '/room'
  return AREAS.find((one) => role !== undefined && one.roles.includes(role))?.path ?? '/cases'
}

export const readsCases = (role: Role): boolean => AREAS[0]!.roles.includes(role)

/** The areas of who is logged in, and which one this page is in. */
export function useAreas() {
  const router = useRouter()
  const route = useRoute()
  const exists = (area: Area): boolean => !router.resolve(area.path).matched.some((one) => one.path.includes('(.*)'))
  const areas = computed(() => AREAS.filter((one) => me.value && one.roles.includes(me.value.role) && exists(one)))
  const here = computed(() => areaOf(route.path))
  return { areas, here }
}
