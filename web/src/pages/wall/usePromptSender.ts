/** Sends a prompt and says in words what went wrong. */

import { ref } from 'vue'
import { onceKey } from '@/base/once'
import { useWords } from '@/base/words'
import type { Prompt } from '@/desk/protocol'
import type { Desk } from '@/desk/useDesk'
import { isOpen } from './questions'

export function usePromptSender(desk: Desk) {
  const { t, errorText } = useWords()
  const busy = ref(false)
  const problem = ref('')

  /** `about`: the difference it is about, what was written before a wording hint was followed, the rules whose hints were shown, the question it is made from. */
  async function send(
    text: string,
    point: string | null,
    rooms: string[],
    about: { difference?: string; wordingBefore?: string | null; seen?: string[]; question?: { id: string; version: number } | null } = {},
  ): Promise<boolean> {
    const words = text.trim()
    if (!words || !rooms.length || busy.value) return false
    if (isOpen(words)) {
      problem.value = t('composer.open') // a question with a hole in it is asked of nobody
      return false
    }
    busy.value = true
    problem.value = ''
    try {
      // The key makes it one prompt however often a lost connection makes it go out.
      const command = {
        type: 'prompt.send',
        text: words,
        point,
        rooms,
        key: onceKey(),
        hints_shown: about.seen ?? [],
        ...(about.difference ? { difference: about.difference } : {}),
        ...(about.question ? { question: about.question.id, question_version: about.question.version } : {}),
        ...(about.wordingBefore ? { wording_before: about.wordingBefore } : {}),
      } as const
      const reply = await desk.link.send(command, 'again')
      for (const prompt of (reply.prompts as Prompt[] | undefined) ?? []) {
        // The event may have come first and know more than the reply.
        if (!desk.state.prompts.has(prompt.id)) desk.state.prompts.set(prompt.id, prompt)
      }
      return true
    } catch (error) {
      problem.value = errorText(error)
      return false
    } finally {
      busy.value = false
    }
  }

  return { send, busy, problem }
}
