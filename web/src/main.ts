import { createApp } from 'vue'
import App from './App.vue'
import { i18n, ready } from './i18n'
import { untitled } from './i18n/title'
import { router } from './router'

/** The frame is there. Rejects where the words do not come. */
export const up: Promise<void> = ready.then(() => {
  untitled()
  createApp(App).use(i18n).use(router).mount('#app')
})
