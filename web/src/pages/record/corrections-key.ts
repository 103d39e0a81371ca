/** `CorrectionsPart.vue`, where the page around the signing has it; a room does without, so that it loads little. */
import type { Component, InjectionKey } from 'vue'

export const CORRECTIONS: InjectionKey<Component> = Symbol('corrections')
