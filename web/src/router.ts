import { createRouter, createWebHistory } from 'vue-router'
import type { RouteRecordRaw } from 'vue-router'
import { forgetAccount, loadAccount } from '@/api/account'
import { readsCases } from '@/base/areas'
import { firstPageOf } from '@/base/first-page'
import { speakOf } from '@/i18n'
import { whenLoginEnds } from '@/api/client'
import { pageTheme } from '@/base/preferences'
import { PAGES } from './pages'
import type { PageMeta } from './pages'

declare module 'vue-router' {
  interface RouteMeta extends PageMeta {}
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/cases' },
    ...(PAGES as RouteRecordRaw[]),
  ],
})

router.beforeEach(async (to) => {
  pageTheme.value = to.meta.theme ?? 'light'
  if (to.meta.open) return true
  try {
    const account = await loadAccount()
    if (account?.must_enrol && to.path !== '/account') return '/account'
    // who reads no cases begins elsewhere
    if (account && to.path === '/cases' && !readsCases(account.role)) return await firstPageOf(account.role)
    if (account) return true
  } catch {
    return true // the centre is away: the page itself says so and tries again
  }
  return { path: '/login', query: to.fullPath === '/cases' ? {} : { next: to.fullPath } }
})

router.beforeResolve((to) => speakOf(to.path))

whenLoginEnds(() => {
  forgetAccount()
  const here = router.currentRoute.value
  if (!here.meta.open) void router.push({ path: '/login', query: { next: here.fullPath } })
})
