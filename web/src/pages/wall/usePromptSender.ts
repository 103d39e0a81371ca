/** Sends a prompt once; says in words what went wrong. Never sent twice: the receipts tell the truth. */

import { ref } from 'vue'
import { useWords } from '@/base/words'
import { CommandError } from '@/desk/connection'
import type { Prompt } from '@/desk/protocol'
import type { Desk } from '@/desk/useDesk'

export function usePromptSender(desk: Desk) {
  const { t, errorText } = useWords()
  const busy = ref(false)
  const problem = ref('')

  async function send(text: string, point: string | null, rooms: string[]): Promise<boolean> {
    const words = text.trim()
    if (!words || !rooms.length || busy.value) return false
    busy.value = true
    problem.value = ''
    try {
      const reply = await desk.link.send({ type: 'prompt.send', text: words, point, rooms })
      for (const prompt of (reply.prompts as Prompt[] | undefined) ?? []) {
        // The event may have come first and know more than the reply.
        if (!desk.state.prompts.has(prompt.id)) desk.state.prompts.set(prompt.id, prompt)
      }
      return true
    } catch (error) {
      const lost = error instanceof CommandError && error.code === 'connection_lost'
      problem.value = lost ? t('prompt.maybeSent') : errorText(error)
      return false
    } finally {
      busy.value = false
    }
  }

  return { send, busy, problem }
}
