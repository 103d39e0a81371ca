/** Corrections are noted on the page of a record; a room does without, so that it loads little. */
import { defineAsyncComponent } from 'vue'
import type { Component } from 'vue'
import { speakArea } from '@/i18n'
import type { Area } from '@/i18n/files'

export const LATER_WORDS: Area = { 'zh-CN': () => import('@/i18n/zh-CN-later'), en: () => import('@/i18n/en-later') }
export const corrections = (): Component =>
  defineAsyncComponent(async () => (await Promise.all([import('./CorrectionsPart.vue'), speakArea(LATER_WORDS)]))[0])
