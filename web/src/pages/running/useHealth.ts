/** The health of the processes: read once with the last hour, then live by the desk's socket. */

import { onScopeDispose, ref } from 'vue'
import { forgetAccount } from '@/api/account'
import { get } from '@/api/client'
import { websocketUrl } from '@/base/url'
import { DeskConnection } from '@/desk/connection'
import type { ConnectionState, Socket } from '@/desk/connection'
import { router } from '@/router'
import type { Health, History } from './types'

/** An hour at one sample every 10 s, as the centre keeps it. */
const KEPT = 360
const EVERY_US = 9_000_000

export function useHealth() {
  const health = ref<Health | null>(null)
  const history = ref<Map<string, History>>(new Map())
  const connection = ref<ConnectionState>('connecting')
  const problem = ref<unknown>(null)

  async function load(): Promise<number> {
    try {
      const found = await get<{ health: Health; history: History[] }>('/api/running/health')
      history.value = new Map(found.history.map((one) => [one.name, one]))
      health.value = found.health
      problem.value = null
    } catch (error) {
      problem.value = error
      throw error
    }
    return 0
  }

  /** A sample of the socket joins the hour, as often as the centre's own do. */
  function take(now: Health): void {
    health.value = now
    const sums = new Map<string, [number, number]>()
    for (const one of now.processes) {
      const [cpu, memory] = sums.get(one.name) ?? [0, 0]
      sums.set(one.name, [cpu + one.cpu_pm, memory + one.memory_bytes])
    }
    for (const [name, [cpu, memory]] of sums) {
      const kept = history.value.get(name) ?? { name, at_us: [], cpu_pm: [], memory_bytes: [] }
      if (now.at_us - (kept.at_us.at(-1) ?? 0) < EVERY_US) continue
      history.value.set(name, {
        name,
        at_us: [...kept.at_us, now.at_us].slice(-KEPT),
        cpu_pm: [...kept.cpu_pm, cpu].slice(-KEPT),
        memory_bytes: [...kept.memory_bytes, memory].slice(-KEPT),
      })
    }
  }

  /** Asked for while the connection is made; whatever it misses is told with the next sample. */
  let begun: Promise<number> | null = load()
  begun.catch(() => undefined)
  function first(): Promise<number> {
    const found = begun ?? load()
    begun = null
    return found
  }

  const link = new DeskConnection(
    { type: 'hello', protocol: 1, case: '', desk: 'running' },
    {
      open: () => new WebSocket(websocketUrl('/ws')) as unknown as Socket,
      setTimer: (run, ms) => window.setTimeout(run, ms),
      clearTimer: (id) => window.clearTimeout(id),
      random: () => Math.random(),
    },
    {
      load: first,
      onEvent(message) {
        if (message.type === 'health') take(message.health)
      },
      onState: (next) => (connection.value = next),
      onRefused(code) {
        problem.value = new Error(code)
        if (code !== 'login_required') return
        forgetAccount()
        void router.push({ path: '/login', query: { next: router.currentRoute.value.fullPath } })
      },
      onServerTime: () => undefined,
    },
  )
  const online = (): void => link.reconnectNow()
  window.addEventListener('online', online)
  link.start()
  onScopeDispose(() => {
    window.removeEventListener('online', online)
    link.stop()
  })
  return { health, history, connection, problem, retry: () => void load().catch(() => undefined) }
}
