import { createRouter, createWebHistory } from 'vue-router'
import { forgetAccount, loadAccount } from '@/api/account'
import { homeOf, readsCases } from '@/base/areas'
import { speakOf, wordsAhead } from '@/i18n'
import { whenLoginEnds } from '@/api/client'
import { pageTheme } from '@/base/preferences'
import type { Theme } from '@/base/preferences'

declare module 'vue-router' {
  interface RouteMeta {
    theme?: Theme
    open?: boolean
    /** A page that is live: its bar folds the areas into a menu. */
    desk?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/cases' },
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
    { path: '/receipt/:session', component: () => import('@/pages/receipt/ReceiptPage.vue'), props: true },
    { path: '/check', component: () => import('@/pages/receipt/CheckReceiptPage.vue'), meta: { open: true } },
    { path: '/handover', component: () => import('@/pages/handover/HandoverPage.vue') },
    { path: '/device', component: () => import('@/pages/device/DevicePage.vue'), meta: { open: true } },
    { path: '/audit', component: () => import('@/pages/audit/AuditHomePage.vue') },
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
    { path: '/account', component: () => import('@/pages/account/AccountPage.vue') },
    { path: '/permissions', component: () => import('@/pages/permissions/PermissionsPage.vue') },
    { path: '/audit/:case/log', component: () => import('@/pages/log/LogPage.vue'), props: true },
    { path: '/audit/:case/access', component: () => import('@/pages/log/AccessPage.vue'), props: true },
    { path: '/audit/:case', component: () => import('@/pages/audit/AuditPage.vue'), props: true },
    { path: '/:rest(.*)*', component: () => import('@/pages/NotFoundPage.vue'), meta: { open: true } },
  ],
})

router.beforeEach(async (to) => {
  pageTheme.value = to.meta.theme ?? 'light'
  if (to.meta.open) return true
  try {
    const account = await loadAccount()
    if (account?.must_enrol && to.path !== '/account') return '/account'
    // who reads no cases begins elsewhere
    if (account && to.path === '/cases' && !readsCases(account.role)) return homeOf(account.role)
    if (account) return true
  } catch {
    return true // the centre is away: the page itself says so and tries again
  }
  return { path: '/login', query: to.fullPath === '/cases' ? {} : { next: to.fullPath } }
})

/**
 * What the page at an address needs is asked for at once: its scripts, its words, who is logged in.
 * The router asks for one after the other; by then they are there or on their way. Whatever fails
 * here is asked for again there, and said there.
 */
export function ahead(address: string): void {
  const to = router.resolve(address)
  for (const record of to.matched) {
    const page: unknown = record.components?.default
    if (typeof page === 'function') (page as () => Promise<unknown>)().catch(() => undefined)
  }
  wordsAhead(to.path)
  if (!to.meta.open) void loadAccount().catch(() => undefined)
}

router.beforeResolve((to) => speakOf(to.path))

whenLoginEnds(() => {
  forgetAccount()
  const here = router.currentRoute.value
  if (!here.meta.open) void router.push({ path: '/login', query: { next: here.fullPath } })
})
