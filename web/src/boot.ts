/**
 * The first script of every page, and a small one. What the page at this address needs is asked for
 * at once, before there is anything that could show it: the frame, the page's own script, its words,
 * who is signed in, and what the page begins by asking the centre. Whatever fails here is asked for
 * again by whom it concerns, and said there; only a frame that does not come is said here.
 */

import './styles/tokens.css'
import './styles/base.css'
import { askAhead } from './api/client'
import { askFirst } from './api/first'
import { wasHere } from './api/here'
import { localeHere } from './base/locale'
import { WORDS, areasAt } from './i18n/files'
import { pageAt } from './pages'

const { pathname, search } = location
const found = pageAt(pathname)
const open = found?.page.meta?.open ?? false
const here = found !== null && wasHere()

// Six requests go at a time, in this order: scripts are answered at once, the others take the centre's time.
if (here && !open) askAhead('/api/me')
import('./main').then(({ up }) => up).catch(unreached)
for (const script of [found?.page.component, WORDS[localeHere()], ...areasAt(pathname).map((area) => area[localeHere()])]) {
  script?.().catch(() => undefined)
}
if (here && !open) askAhead('/api/me/kept')
if (found && (here || open)) askFirst(found.page.path, { params: found.params, query: Object.fromEntries(new URLSearchParams(search)) })

function unreached(): void {
  document.getElementById('app')?.append(localeHere() === 'en' ? 'The page did not load. Please reload it.' : '\u9875\u9762\u6ca1\u6709\u8f7d\u5165\uff0c\u8bf7\u5237\u65b0\u3002')
}
