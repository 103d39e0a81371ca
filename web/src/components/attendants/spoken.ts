/** What speaks the words of those who attend comes with them, and not with the page it stands on. */
import { defineAsyncComponent } from 'vue'
import type { Component } from 'vue'
import { speakArea } from '@/i18n'
import type { Area } from '@/i18n/files'

export const ATTENDANT_WORDS: Area = { 'zh-CN': () => import('@/i18n/zh-CN-attendants'), en: () => import('@/i18n/en-attendants') }

export const spoken = (load: () => Promise<{ default: Component }>): Component =>
  defineAsyncComponent(async () => (await Promise.all([load(), speakArea(ATTENDANT_WORDS)]))[0])
