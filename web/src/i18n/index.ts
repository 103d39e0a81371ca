/** vue-i18n with both languages bundled; Chinese first. No string of the interface lives elsewhere. */

import { createI18n } from 'vue-i18n'
import { watch } from 'vue'
import { locale } from '@/base/preferences'
import en from './en'
import zh from './zh-CN'

export const i18n = createI18n({
  legacy: false,
  locale: locale.value,
  fallbackLocale: 'zh-CN',
  missingWarn: import.meta.env.DEV,
  fallbackWarn: import.meta.env.DEV,
  messages: { 'zh-CN': zh, en },
})

watch(locale, (next) => {
  i18n.global.locale.value = next
})
