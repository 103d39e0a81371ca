import { createApp } from 'vue'
import App from './App.vue'
import { i18n, ready } from './i18n'
import { untitled } from './i18n/title'
import { ahead, router } from './router'
import './styles/tokens.css'
import './styles/base.css'

ahead(location.pathname + location.search + location.hash)
ready.then(
  () => {
    untitled()
    createApp(App).use(i18n).use(router).mount('#app')
  },
  () => document.getElementById('app')?.append(document.documentElement.lang === 'en' ? 'The page did not load. Please reload it.' : '\u9875\u9762\u6ca1\u6709\u8f7d\u5165\uff0c\u8bf7\u5237\u65b0\u3002'),
)
