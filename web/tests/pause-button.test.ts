// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createApp, h, nextTick, reactive, ref } from 'vue'
import type { App } from 'vue'
import PauseButton from '@/components/PauseButton.vue'
import { CommandError } from '@/desk/connection'
import type { Command, Pause } from '@/desk/protocol'
import { i18n, speakOf } from '@/i18n'

let answer: () => Promise<unknown>
let sent: (Command & { delivery?: string })[]
let problems: string[]
let taken: number
let app: App
const waits = ref(false)
const pauses = reactive(new Map<string, Pause>())
const button = (name: string): HTMLButtonElement | null => document.querySelector(`[data-testid="${name}-room1"]`)

/** `asks`: the page tells it itself. */
function opens(asks: boolean): void {
  const send = (command: Command, delivery?: string): Promise<unknown> => {
    sent.push(delivery ? { ...command, delivery } : command)
    return answer()
  }
  const desk = { state: reactive({ pauses, detail: { rooms: [{ id: 'room1', session: { id: 's1' } }] } }), link: { send } }
  const given = { desk, room: { id: 'room1', session: { id: 's1' } }, onProblem: (text: string) => problems.push(text), onBack: () => (taken += 1) }
  app = createApp({ render: () => h(PauseButton, { ...given, waits: waits.value, ...(asks ? { ask: send } : {}) } as never) })
  const root = document.createElement('div')
  document.body.append(root)
  app.use(i18n).mount(root)
}

async function press(name: string): Promise<void> {
  button(name)!.click()
  await new Promise((done) => setTimeout(done))
}

beforeAll(() => speakOf('/room/room1'))
beforeEach(() => {
  ;[sent, problems, taken, waits.value] = [[], [], 0, false]
  pauses.clear()
  answer = async () => ({})
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

describe('the button of a pause', () => {
  it('asks over the connection, and through the page where that tells it itself', async () => {
    opens(false)
    await press('pause')
    expect(sent).toMatchObject([{ type: 'pause.begin', room: 'room1', tracks: ['audio', 'video'], reason: 'lawyer', delivery: 'again' }])
    app.unmount()
    opens(true)
    await press('pause')
    expect(sent[1]).toMatchObject({ type: 'pause.begin', room: 'room1' })
    expect(sent[1]).not.toHaveProperty('delivery')
  })

  it('says why the centre says no', async () => {
    answer = async () => Promise.reject(new CommandError('forbidden'))
    opens(true)
    await press('pause')
    expect([problems.at(-1), button('resume')]).toEqual([i18n.global.t('error.forbidden'), null])
  })

  it('takes back what the centre does not know of, also while it is still asked', async () => {
    answer = () => new Promise(() => undefined)
    opens(true)
    await press('pause')
    expect(button('pause')!.disabled).toBe(true)
    waits.value = true
    await nextTick()
    expect(button('resume')!.disabled).toBe(false)
    await press('resume')
    expect([taken, sent.length]).toEqual([1, 1]) // and nothing is asked of the centre
  })

  it('ends the one in force as well', async () => {
    pauses.set('pa-1', { id: 'pa-1', room: 'room1', session: 's1', tracks: ['audio'], reason: 'rest', by_name: '', start_us: 1 })
    waits.value = true
    opens(true)
    await press('resume')
    expect(taken).toBe(1)
    expect(sent).toMatchObject([{ type: 'pause.end', pause: 'pa-1' }])
  })
})
