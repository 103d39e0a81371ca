// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { i18n, ready, speakOf } from '@/i18n'
import RotatePanel from '@/pages/running/RotatePanel.vue'
import type { Keys, Rotation } from '@/pages/running/types'

const NONE: Rotation = { log: 'recorder-1', state: 'none', problem: '', away: false, left: false }
const LEFT: Rotation = { ...NONE, state: 'waiting', away: true, left: true }
const TAKEN: Rotation = { ...NONE, state: 'waiting' }

function keys(rotation: Rotation, fingerprint = 'aa'): Keys {
  const key = { use: 'log', owner: 'recorder-1', algorithm: 'Ed25519', fingerprint, since_us: 1, until_us: null, state: 'ok' as const, encrypted: true }
  return { at_us: 1, keys: [key], tokens: [], vouchers: [], quorum: 0, interval_seconds: 1, outside: 0, warn_expiry_days: 1, rotations: [rotation] }
}

describe('new keys by button', () => {
  let app: App
  let root: HTMLElement
  let asked: string[]
  let answers: (() => Response)[]
  let looked: number
  const shown = ref<Keys>(keys(NONE))

  beforeAll(async () => {
    await ready
    await speakOf('/admin/keys')
  })
  beforeEach(() => {
    asked = []
    answers = []
    looked = 0
    vi.stubGlobal('fetch', (path: string) => {
      asked.push(path)
      return Promise.resolve(answers.shift()!())
    })
    root = document.createElement('div')
    document.body.append(root)
    app = createApp({ render: () => h(RotatePanel, { keys: shown.value, cutOff: false, onFound: (found: Keys) => (shown.value = found), onLook: () => looked++ }) })
    app.use(i18n).mount(root)
  })
  afterEach(() => {
    app.unmount()
    root.remove()
    vi.unstubAllGlobals()
  })
  const at = (id: string): HTMLElement | null => root.querySelector(`[data-testid="${id}"]`)
  async function press(id: string): Promise<void> {
    at(id)!.click()
    await vi.waitFor(async () => {
      await nextTick()
      expect(answers).toEqual([])
    })
    await new Promise((done) => setTimeout(done))
  }

  it('withdraws what nobody has taken, once that is confirmed', async () => {
    shown.value = keys(LEFT)
    await nextTick()
    await press('withdraw-ask-recorder-1')
    expect(asked).toEqual([]) // a confirmation stands between
    answers = [() => Response.json(keys(NONE))]
    await press('withdraw-now')
    expect(asked).toEqual(['/api/running/keys/recorder-1/withdraw'])
    expect(at('rotate-withdrawn')!.textContent).toContain('命令已撤回，仍用原密钥')
    expect(at('withdraw-now')).toBeNull()
  })

  it('says in words that the process was faster, and offers it no more', async () => {
    shown.value = keys(LEFT)
    await nextTick()
    await press('withdraw-ask-recorder-1')
    answers = [() => Response.json({ code: 'rotation_taken' }, { status: 409 })]
    await press('withdraw-now')
    expect(at('withdraw-problem')!.textContent).toContain('来不及撤回')
    expect(looked).toBe(1)
    shown.value = keys(TAKEN)
    await nextTick()
    expect(at('withdraw-ask-recorder-1')).toBeNull()
    expect((at('withdraw-now') as HTMLButtonElement).disabled).toBe(true)
    expect(at('withdraw-problem')).not.toBeNull()
  })

  it('says how what was ordered here ended: other keys, or withdrawn elsewhere', async () => {
    for (const [fingerprint, end] of [['bb', 'rotate-done'], ['aa', 'rotate-withdrawn']] as const) {
      shown.value = keys(NONE)
      await nextTick()
      await press('rotate-ask-recorder-1')
      const reason = at('rotate-reason') as HTMLInputElement
      reason.value = 'test'
      reason.dispatchEvent(new Event('input'))
      await nextTick()
      answers = [() => Response.json(keys(LEFT))]
      await press('rotate-now')
      expect(at('rotate-away-recorder-1')).not.toBeNull()
      shown.value = keys(NONE, fingerprint)
      await nextTick()
      expect(root.querySelector('.state')!.getAttribute('data-testid')).toBe(end)
    }
  })
})
