// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive, ref } from 'vue'
import type { App } from 'vue'
import PauseButton from '@/components/PauseButton.vue'
import { CommandError } from '@/desk/connection'
import type { Command, PauseAsked } from '@/desk/protocol'
import { i18n, speakOf } from '@/i18n'

const connection = ref('live')
let answer: () => Promise<unknown>
let sent: (Command & { key?: string })[]
let asked: PauseAsked[]
let problems: string[]
let app: App
const button = (name: string): HTMLButtonElement | null => document.querySelector(`[data-testid="${name}-room1"]`)

function opens(recording: boolean): void {
  const send = (command: Command): Promise<unknown> => {
    sent.push(command)
    return answer()
  }
  const desk = { state: reactive({ pauses: new Map() }), connection, link: { send } }
  const given = { desk, room: { id: 'room1', session: { id: 's1' } }, recording, onAsked: (how: PauseAsked) => asked.push(how), onProblem: (text: string) => problems.push(text) }
  app = createApp({ render: () => h(PauseButton, given as never) })
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
  ;[sent, asked, problems, connection.value] = [[], [], [], 'waiting']
  answer = async () => Promise.reject(new CommandError('offline'))
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

describe('a pause that does not reach the centre', () => {
  it('holds, says so, and is told with the same key once the connection is back', async () => {
    opens(true)
    await press('pause')
    expect(asked).toEqual(['waiting', 'offline'])
    expect(problems.at(-1)).toContain('中心尚未收到暂停')
    expect(button('resume')).not.toBeNull()
    answer = async () => ({})
    connection.value = 'live'
    await nextTick()
    await new Promise((done) => setTimeout(done))
    expect(asked).toEqual(['waiting', 'offline', 'waiting', 'sent'])
    expect(sent[1]!.key).toBe(sent[0]!.key)
    expect(problems.at(-1)).toBe('')
  })

  it('is taken back by the person, and then never told', async () => {
    opens(true)
    await press('pause')
    await press('resume')
    expect([asked.at(-1), problems.at(-1)]).toEqual(['resumed', ''])
    connection.value = 'live'
    await nextTick()
    expect([sent.length, button('pause') !== null]).toEqual([1, true])
  })

  it('is a refusal where the centre says no, and waits for nothing where nothing is recorded', async () => {
    answer = async () => Promise.reject(new CommandError('forbidden'))
    opens(true)
    await press('pause')
    expect([asked.at(-1), button('resume')]).toEqual(['refused', null])
    app.unmount()
    answer = async () => Promise.reject(new CommandError('offline'))
    opens(false)
    await press('pause')
    expect([asked.at(-1), button('resume')]).toEqual(['offline', null])
  })
})
