/** The receipt of a sealed session, and what the public page makes of one. */

export interface Receipt {
  receipt: string // the one line
  address: string // what the QR code holds
  unit_name: string
  unit_name_en: string
  case_number: string
  room_name: string
  room_name_en: string
  opened_us: number
  closed_us: number
  root: string
  entries: number
  given_us: number | null
  may_give: boolean // in this case, the one who reads it
}

export interface ReceiptAnswer {
  genuine: boolean
  unit_name: string
  unit_name_en: string
  opened_us: number | null
  closed_us: number | null
}

/** A long value in groups of eight, so that it can be compared by eye. */
export function grouped(hex: string): string {
  return (hex.match(/.{1,8}/g) ?? []).join(' ')
}

/** The line of a receipt out of what was scanned or pasted; empty when there is none. */
export function lineOf(text: string): string {
  const line = text.replace(/\s+/g, '').split('#').at(-1) ?? ''
  return line.startsWith('DZ1~') ? line : ''
}
