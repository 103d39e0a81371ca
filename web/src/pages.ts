/**
 * Every page: its address, its script, and what is known of it beforehand. The router is made of
 * this, and the first script of a page finds here what to ask for before there is a router. Of two
 * that fit an address the one without a parameter stands first.
 */

import type { Component } from 'vue'
import type { Theme } from '@/base/preferences'

export interface PageMeta {
  theme?: Theme
  /** Nobody has to be signed in. */
  open?: boolean
  /** Read on the screen by somebody who is questioned. */
  shown?: boolean
  /** A page that is live: its bar folds the areas into a menu. */
  desk?: boolean
}

export interface Page {
  path: string
  component: () => Promise<{ default: Component }>
  props?: true
  meta?: PageMeta
}

export const PAGES: Page[] = [
  { path: '/login', component: () => import('@/pages/login/LoginPage.vue'), meta: { open: true } },
  { path: '/invitation', component: () => import('@/pages/login/InvitationPage.vue'), meta: { open: true } },
  { path: '/cases', component: () => import('@/pages/cases/CasesPage.vue') },
  { path: '/cases/:case', component: () => import('@/pages/cases/CasePage.vue'), props: true },
  {
    path: '/cases/:case/differences/:difference?',
    component: () => import('@/pages/compare/ComparePage.vue'),
    props: true,
  },
  { path: '/cases/:case/moment', component: () => import('@/pages/search/MomentPage.vue'), props: true },
  { path: '/cases/:case/stated', component: () => import('@/pages/stated/StatedPage.vue'), props: true },
  { path: '/cases/:case/words', component: () => import('@/pages/words/WordsPage.vue'), props: true },
  { path: '/review/:case', component: () => import('@/pages/review/ReviewPage.vue'), props: true },
  { path: '/cases/:case/exhibits', component: () => import('@/pages/exhibits/PresentPage.vue'), props: true },
  { path: '/exhibit/:room', component: () => import('@/pages/exhibits/ScreenPage.vue'), props: true, meta: { desk: true } },
  { path: '/search', component: () => import('@/pages/search/SearchPage.vue') },
  { path: '/cases/:case/record/:session', component: () => import('@/pages/record/RecordPage.vue'), props: true },
  {
    path: '/wall/:case',
    component: () => import('@/pages/wall/WallPage.vue'),
    props: true,
    meta: { theme: 'dark', desk: true },
  },
  { path: '/room', component: () => import('@/pages/room/ChoosePage.vue') },
  { path: '/room/:room', component: () => import('@/pages/room/RoomEntry.vue'), props: true, meta: { desk: true } },
  { path: '/receipt/:session', component: () => import('@/pages/receipt/ReceiptPage.vue'), props: true, meta: { shown: true } },
  { path: '/check', component: () => import('@/pages/receipt/CheckReceiptPage.vue'), meta: { open: true } },
  { path: '/handover', component: () => import('@/pages/handover/HandoverPage.vue') },
  { path: '/device', component: () => import('@/pages/device/DevicePage.vue'), meta: { open: true } },
  { path: '/audit', component: () => import('@/pages/audit/AuditHomePage.vue') },
  { path: '/audit/centre', component: () => import('@/pages/log/CentreLogPage.vue') },
  { path: '/audit/package', component: () => import('@/pages/audit/CheckPage.vue') },
  { path: '/admin', component: () => import('@/pages/admin/AdminHomePage.vue') },
  { path: '/admin/accounts', component: () => import('@/pages/admin/AccountsPage.vue') },
  { path: '/admin/rooms', component: () => import('@/pages/admin/RoomsPage.vue') },
  { path: '/admin/sources', component: () => import('@/pages/admin/SourcesPage.vue') },
  { path: '/admin/templates', component: () => import('@/pages/admin/TemplatesPage.vue') },
  { path: '/admin/settings', component: () => import('@/pages/admin/SettingsPage.vue') },
  { path: '/admin/set-up', component: () => import('@/pages/admin/SetUpPage.vue') },
  { path: '/admin/roles', component: () => import('@/pages/admin/RolesPage.vue') },
  { path: '/admin/outside', component: () => import('@/pages/running/OutsidePage.vue') },
  { path: '/admin/health', component: () => import('@/pages/running/HealthPage.vue') },
  { path: '/admin/storage', component: () => import('@/pages/running/StoragePage.vue') },
  { path: '/admin/keys', component: () => import('@/pages/running/KeysPage.vue') },
  { path: '/admin/models', component: () => import('@/pages/running/ModelsPage.vue') },
  { path: '/admin/log', component: () => import('@/pages/admin/CentreLogPage.vue') },
  { path: '/account', component: () => import('@/pages/account/AccountPage.vue') },
  { path: '/permissions', component: () => import('@/pages/permissions/PermissionsPage.vue') },
  { path: '/audit/:case/log', component: () => import('@/pages/log/LogPage.vue'), props: true },
  { path: '/audit/:case/access', component: () => import('@/pages/log/AccessPage.vue'), props: true },
  { path: '/audit/:case', component: () => import('@/pages/audit/AuditPage.vue'), props: true },
  { path: '/:rest(.*)*', component: () => import('@/pages/NotFoundPage.vue'), meta: { open: true } },
]

/** Page and parameters of a path; null where there is none, or it leads elsewhere. */
export function pageAt(path: string): { page: Page; params: Record<string, string> } | null {
  for (const page of PAGES) {
    const found = patternOf(page.path)?.exec(path)
    if (found) return { page, params: Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, part]) => [name, decoded(part ?? '')])) }
  }
  return null
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // no address of ours; the page says that there is nothing
  }
}

/** `/a/:b/:c?` as an expression; null for what takes every path. */
function patternOf(path: string): RegExp | null {
  if (path.includes('(')) return null
  const parts = path.replace(/\/:(\w+)(\??)/g, (_, name: string, may: string) => (may ? `(?:/(?<${name}>[^/]+))?` : `/(?<${name}>[^/]+)`))
  return new RegExp(`^${parts}/?$`)
}
