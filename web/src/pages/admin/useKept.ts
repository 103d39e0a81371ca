/** What an administrator keeps of a kind: read, read again when it changed elsewhere, and as it was answered to a change made here. */
import { shallowRef } from 'vue'
import { useChanges } from '@/desk/useChanges'

/** `added`: where one that is new stands until all are read again. */
export function useKept<T>(read: () => Promise<T[]>, keyOf: (one: T) => string, added: 'first' | 'last' = 'last') {
  const all = shallowRef<T[] | null>(null)
  const problem = shallowRef<unknown>(null)

  async function load(): Promise<void> {
    try {
      all.value = await read()
      problem.value = null
    } catch (error) {
      problem.value = error
    }
  }
  useChanges(['templates'], load)

  function took(now: T): void {
    const before = all.value ?? []
    if (before.some((one) => keyOf(one) === keyOf(now))) all.value = before.map((one) => (keyOf(one) === keyOf(now) ? now : one))
    else all.value = added === 'first' ? [now, ...before] : [...before, now]
  }
  return { all, problem, load, took }
}
