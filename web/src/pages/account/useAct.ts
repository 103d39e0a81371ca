/** One act at a time, with its problem in words. */
import { ref } from 'vue'
import { ApiError } from '@/api/client'
import { useWords } from '@/base/words'

export function useAct() {
  const { t, errorText, wordOr } = useWords()
  const busy = ref(false)
  const problem = ref('')

  function words(error: unknown): string {
    if (error instanceof ApiError && error.code === 'weak_password') {
      return wordOr(`signIn.change.why.${String(error.extra.why)}`, 'error.weak_password')
    }
    if (error instanceof ApiError && error.code === 'passkey_place') {
      return wordOr(`signIn.place.${String(error.extra.why)}`, 'error.passkey_place')
    }
    if (error instanceof ApiError && error.code === 'wrong_password') return t('login.wrong')
    return errorText(error)
  }

  async function act(what: () => Promise<void>): Promise<boolean> {
    busy.value = true
    problem.value = ''
    try {
      await what()
      return true
    } catch (error) {
      problem.value = words(error)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, act }
}
