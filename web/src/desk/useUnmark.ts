/**
 * Taking a mark back: by who set it, or a manager, while its session runs. The centre decides; a desk
 * that is cut off keeps the order until it can.
 */
import { me } from '@/api/account'
import { useWords } from '@/base/words'
import type { Marker } from './protocol'
import type { Desk } from './useDesk'

export function useUnmark(desk: Desk, session: () => { opened_us: number } | null, problem: (text: string) => void) {
  const { errorText } = useWords()
  const mayUnmark = (marker: Marker): boolean => {
    const running = session()
    const own = marker.by === me.value?.id || me.value?.role === 'manager'
    return Boolean(running && marker.marker && own && marker.t_us >= running.opened_us)
  }
  const unmark = (marker: Marker, reason: string): void => {
    if (!marker.marker) return
    void desk.link.send({ type: 'marker.withdraw', marker: marker.marker, reason }, 'keep').catch((error: unknown) => problem(errorText(error)))
  }
  return { mayUnmark, unmark }
}
