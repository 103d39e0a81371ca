/**
 * The pages of the administration: one table for its side list, its home and its menu on phones.
 * A page is one line here, one route, and its words under `admin.part.<key>`; it appears once its
 * route exists.
 */

import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { IconName } from '@/components/AppIcon.vue'

export const GROUPS = ['start', 'people', 'places', 'content', 'running'] as const
export type Group = (typeof GROUPS)[number]

export interface Part {
  key: string
  path: string
  icon: IconName
  group: Group
}

export const PARTS: readonly Part[] = [
  { key: 'home', path: '/admin', icon: 'grid', group: 'start' },
  { key: 'setUp', path: '/admin/set-up', icon: 'flag', group: 'start' },
  { key: 'accounts', path: '/admin/accounts', icon: 'people', group: 'people' },
  { key: 'roles', path: '/admin/roles', icon: 'key', group: 'people' },
  { key: 'rooms', path: '/admin/rooms', icon: 'building', group: 'places' },
  { key: 'sources', path: '/admin/sources', icon: 'cam', group: 'places' },
  { key: 'templates', path: '/admin/templates', icon: 'file', group: 'content' },
  { key: 'outside', path: '/admin/outside', icon: 'link', group: 'people' },
  { key: 'health', path: '/admin/health', icon: 'signal', group: 'running' },
  { key: 'storage', path: '/admin/storage', icon: 'box', group: 'running' },
  { key: 'keys', path: '/admin/keys', icon: 'shield', group: 'running' },
  { key: 'models', path: '/admin/models', icon: 'mic', group: 'running' },
  { key: 'log', path: '/admin/log', icon: 'list', group: 'running' },
  { key: 'settings', path: '/admin/settings', icon: 'gear', group: 'running' },
]

/** The parts whose page exists, in groups, and the one this page is. */
export function useParts() {
  const router = useRouter()
  const route = useRoute()
  const exists = (part: Part): boolean => router.resolve(part.path).matched.some((one) => one.path === part.path)
  const parts = computed(() => PARTS.filter(exists))
  const groups = computed(() =>
    GROUPS.map((key) => ({ key, parts: parts.value.filter((one) => one.group === key) })).filter((one) => one.parts.length),
  )
  const here = computed(() => parts.value.find((one) => one.path === route.path) ?? null)
  return { parts, groups, here }
}
