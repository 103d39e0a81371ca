import { createApp } from 'vue'
import App from './App.vue'
import { i18n, ready } from './i18n'
import { untitled } from './i18n/title'
import { router } from './router'

/** The first script does not wait for the page's own text to be read; what is drawn has to. */
const read = new Promise<void>((resolve) => {
  if (document.readyState !== 'loading') resolve()
  else document.addEventListener('DOMContentLoaded', () => resolve(), { once: true })
})

/** The frame is there. Rejects where the words do not come. */
export const up: Promise<void> = Promise.all([ready, read]).then(() => {
  untitled()
  createApp(App).use(i18n).use(router).mount('#app')
})
