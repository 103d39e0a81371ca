/** One act at a time, with its problem in words. */
import { computed, ref, shallowRef } from 'vue'
import { ApiError } from '@/api/client'
import { useWords } from '@/base/words'

export function useAct() {
  const { t, errorText, wordOr } = useWords()
  const busy = ref(false)
  const failed = shallowRef<unknown>('')
  /** In words of the language of now, also when it changes while they stand. */
  const problem = computed<string>({
    get: () => (typeof failed.value === 'string' ? failed.value : words(failed.value)),
    set: (said) => (failed.value = said),
  })

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
    failed.value = ''
    try {
      await what()
      return true
    } catch (error) {
      failed.value = error
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, failed, problem, act }
}
