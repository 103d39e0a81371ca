/** How a case stands, besides what the wall needs: `GET /api/cases/{case}/overview`. */

import type { Role } from './types'

export type CaseKind = 'penalty' | 'accident' | 'complaint' | 'inspection' | 'other'
export type CaseState = 'open' | 'closed' | 'archived'

export interface CaseTask {
  id: string
  title: string
  due: string
  assignee: string
  assignee_name: string
  made_us: number
  made_by: string
  done_us: number | null
  done_by: string
}

export interface CaseOverview {
  kind: '' | CaseKind
  state: CaseState
  state_reason: string
  closed_us: number | null
  status: string
  lead: string
  lead_name: string
  people: {
    person: string
    aliases: string[]
    sessions: number
    notice_read_us: number | null
    notice_answered_us: number | null
    understood: boolean | null
    recusal: boolean | null
    notice_state: '' | 'signed' | 'refused' | 'unable'
    notice_signed_us: number | null
  }[]
  tasks: CaseTask[]
}

export interface Colleague {
  account: string
  name: string
  role: Role
}
