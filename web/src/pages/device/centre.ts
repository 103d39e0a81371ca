/**
 * The centre as a device speaks to it: with its bearer token, and never waiting for ever. Every
 * failure is an `ApiError`; `unreachable` means that nothing is known of what became of the request.
 */

import { ApiError, at, problemOf } from '@/api/client'
import type { PublishGrant } from '@/api/types'
import type { Alarm } from '@/desk/protocol'
import type { Credentials } from '@/media/keyring'

const PATIENCE_MS = 8_000

/** A call between the centre and this device. */
export interface DeviceCall {
  id: string
  /** The person at the centre; empty while nobody has taken this device's call. */
  by_name: string
  state: 'calling' | 'open'
  called_us: number
  opened_us?: number
  /** Since when the person at the centre speaks; absent: not now. */
  talking_us?: number
  /** Since when this device's operator speaks. */
  replying_us?: number
  /** When it ends by itself, while nobody has taken it. */
  unanswered_us?: number
  /** This device called. */
  own?: boolean
  /** Where somebody is who may take it, while it rings at the centre. */
  at?: 'wall' | 'page' | 'nobody'
}

/** How this device's own last call ended. */
export interface DeviceCallOver {
  id: string
  why: string
  ended_us: number
  taken: boolean
  by_name?: string
  withdrawn?: boolean
}

export interface DeviceState {
  source: string
  name: string
  name_en: string
  room_name: string
  room_name_en: string
  case_name: string
  case_name_en: string
  session: { id: string; opened_us: number } | null
  state: 'offline' | 'connecting' | 'recording' | 'stalled'
  since_us: number
  protected_until_us: number
  sos: Alarm | null
  call: DeviceCall | null
  call_over: DeviceCallOver | null
  case_open: boolean
  whip_url: string
  ice_servers: PublishGrant['ice_servers']
  now_us: number
}

export interface Position {
  lat_e7: number
  lon_e7: number
  accuracy_mm: number
  t_us: number
}

export interface Report {
  values: Record<string, number>
  position: Position | null
  t_us: number
}


export async function exchangeCode(code: string): Promise<Credentials> {
  const answer = await ask('/api/devices/join', { method: 'POST', body: { code }, header: true })
  const { source, token } = (await answer.json()) as Credentials
  return { source, token }
}

export class Centre {
  constructor(readonly credentials: Credentials) {}

  private get base(): string {
    return at`/api/devices/${this.credentials.source}`
  }

  async state(): Promise<DeviceState> {
    return (await (await this.ask('')).json()) as DeviceState
  }

  async report(report: Report): Promise<void> {
    await this.ask('/readings', report)
  }

  async mark(mark: { key: string; text: string; t_us: number }): Promise<void> {
    await this.ask('/markers', mark)
  }

  async help(pressedUs: number): Promise<Alarm> {
    return (await (await this.ask('/sos', { t_us: pressedUs })).json()) as Alarm
  }

  /** Call the centre; `key` makes a repeat after a lost answer the same call. */
  async callCentre(key: string): Promise<DeviceCall | null> {
    return this.call('', { key })
  }

  /** Take a call or not; begin or stop to speak; hang up. The call as it stands then, null: over. */
  async answer(line: string, accept: boolean): Promise<DeviceCall | null> {
    return this.call('answer', { line, accept })
  }

  async talk(line: string, on: boolean): Promise<DeviceCall | null> {
    return this.call('talk', { line, on })
  }

  async hangUp(line: string): Promise<DeviceCall | null> {
    return this.call('end', { line })
  }

  /** Where the caller is heard, and what is said first there. */
  get ear(): { path: string; hello: string } {
    return { path: at`/ws/devices/${this.credentials.source}/call`, hello: JSON.stringify({ type: 'listen', token: this.credentials.token }) }
  }

  private async call(step: string, said: unknown): Promise<DeviceCall | null> {
    return ((await (await this.ask(`/call${step && `/${step}`}`, said)).json()) as { call: DeviceCall | null }).call
  }

  async helpOver(): Promise<void> {
    await this.ask('/sos/over', {})
  }

  private ask(path: string, body?: unknown): Promise<Response> {
    const method = body === undefined ? 'GET' : 'POST'
    return ask(this.base + path, { method, body, token: this.credentials.token })
  }
}

interface Asked {
  method: string
  body?: unknown
  token?: string
  header?: boolean
}

async function ask(path: string, { method, body, token, header }: Asked): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: {
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(header ? { 'X-Duizhi': '1' } : {}),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch {
    throw new ApiError(0, 'unreachable')
  }
  if (response.ok) return response
  throw await problemOf(response)
}
