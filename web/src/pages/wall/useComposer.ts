/** Words on their way to become a prompt: of all rooms or of one, from a kept question or one's own. */

import { computed, ref, watch } from 'vue'
import type { Ref } from 'vue'
import type { Room } from '@/api/types'
import { useWords } from '@/base/words'
import type { Desk } from '@/desk/useDesk'
import { holesIn } from './questions'
import { usePromptSender } from './usePromptSender'

export function useComposer(desk: Desk, targets: Ref<Room[]>, point: Ref<string | null>) {
  const { te, t } = useWords()
  const text = ref('')
  const field = ref<HTMLInputElement | null>(null)
  const picking = ref(false)
  /** The kept question the words were made from; others may be written over it, the log then has both. */
  const question = ref<{ id: string; version: number } | null>(null)
  /** What was written when a hint on the wording came and was followed. */
  const before = ref<string | null>(null)
  /** Rules whose hints were shown. */
  const seen = ref<string[]>()
  const sender = usePromptSender(desk)

  const holes = computed(() => holesIn(text.value))
  /** What is still to be filled in, in words of the page. */
  const missing = computed(() => holes.value.map((one) => (te(`composer.variable.${one.means}`) ? t(`composer.variable.${one.means}`) : one.means)))
  const ready = computed(() => text.value.trim().length > 0 && !holes.value.length && targets.value.length > 0 && !sender.busy.value)

  watch(text, (words) => {
    if (!words.trim()) question.value = null
  })

  function focus(): void {
    field.value?.focus()
  }

  /** Selects the next variable, so that typing replaces it. */
  function toHole(): void {
    const next = holes.value[0]
    focus()
    if (next) field.value?.setSelectionRange(next.from, next.to)
  }

  function picked(words: string, id: string, version: number): void {
    text.value = words
    question.value = { id, version }
    // once the words stand in the field and the dialog has given the focus back
    requestAnimationFrame(() => requestAnimationFrame(toHole))
  }

  /** Sends and empties the field; what stands in the way is shown instead. */
  async function send(): Promise<{ words: string; rooms: string[] } | null> {
    if (!ready.value) {
      toHole()
      return null
    }
    const rooms = targets.value.map((room) => room.id)
    const words = text.value.trim()
    if (!(await sender.send(words, point.value, rooms, { wordingBefore: before.value, seen: seen.value, question: question.value }))) return null
    text.value = ''
    question.value = null
    return { words, rooms }
  }

  return { text, field, picking, before, seen, missing, ready, problem: sender.problem, focus, toHole, picked, send }
}

export type Composer = ReturnType<typeof useComposer>
