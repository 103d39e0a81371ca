/** Exhibits of a case as the centre lists them, and adding one. */
import { at, post } from '@/api/client'

export interface Exhibit {
  id: string
  title: string
  mime: string
  size: number
  added_us: number
}

export interface ShownExhibit {
  exhibit: string
  title: string
  mime: string
  since_us: number
}

const TITLE_MAX = 80

/** Keep a file as an exhibit, called like the file without its ending. */
export async function addExhibit(of: string, file: File): Promise<Exhibit> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  const title = file.name.replace(/\.[A-Za-z0-9]+$/, '').slice(0, TITLE_MAX) || file.name.slice(0, TITLE_MAX)
  return await post<Exhibit>(at`/api/cases/${of}/exhibits`, { title, data: btoa(text) })
}
