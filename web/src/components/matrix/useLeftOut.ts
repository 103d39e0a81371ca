/** Which columns of a case's matrix somebody leaves out: kept by account and case, in this browser and with the account. */

import { ref, watch } from 'vue'
import type { Ref } from 'vue'
import { me } from '@/api/account'
import { keep, readKept } from '@/api/kept'
import { readLeftOut } from '@/desk/matrix'

export function useLeftOut(ofCase: () => string): { leftOut: Ref<string[]>; toggle: (key: string) => void; showAll: () => void } {
  const leftOut = ref<string[]>([])
  const name = (): string => `matrix.${ofCase()}`
  watch([() => me.value?.id, ofCase], () => (leftOut.value = readLeftOut(readKept(name()))), { immediate: true })

  function set(keys: string[]): void {
    leftOut.value = keys
    keep(name(), keys.length ? JSON.stringify(keys) : '')
  }

  return {
    leftOut,
    toggle: (key) => set(leftOut.value.includes(key) ? leftOut.value.filter((one) => one !== key) : [...leftOut.value, key]),
    showAll: () => set([]),
  }
}
