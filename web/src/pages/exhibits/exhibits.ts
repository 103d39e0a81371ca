/** Exhibits of a case as the centre lists them, and adding one. */
import { me, roleIn } from '@/api/account'
import { at, post } from '@/api/client'
import type { IconName } from '@/components/AppIcon.vue'

export type ExhibitKind = 'picture' | 'document' | 'moment' | 'map' | 'clip'

export interface Exhibit {
  id: string
  title: string
  mime: string
  size: number
  added_us: number
  number: number
  kind: ExhibitKind
  pages: number
  width: number
  height: number
  sha256: string
  /** Destroyed with the recording it was taken from. */
  ended: boolean
  origin: { session: string; source: string; t_us: number } | null
  /** The account of who added it. */
  by: string
  former_titles: string[]
  /** It is shown no more, until it is restored. */
  withdrawn_us: number | null
  withdrawn_by: string
  withdrawn_reason: string
}

export interface MapSheet {
  made_us: number
  /** `name_en` is missing in sheets that were made before it was kept. */
  devices: { name: string; name_en?: string; lat_e7: number; lon_e7: number; accuracy_mm: number; t_us: number }[]
}

export const MAP = 'application/vnd.duizhi.map+json'
export const CLIP = 'video/mp4'
/** How long a clip that is shown may be (desk/exhibit_files.py). */
export const CLIP_US_MIN = 500_000
export const CLIP_US_MAX = 60_000_000
export const PDF = 'application/pdf'
export const BYTES_MAX = 20 << 20
export const KIND_ICON: Record<ExhibitKind, IconName> = { picture: 'image', document: 'file', moment: 'cam', map: 'pin', clip: 'play' }
const TITLE_MAX = 80

/** The address of what a screen draws. */
export const pictureOf = (one: { exhibit: string; mime: string; page: number }): string =>
  one.mime === PDF ? at`/api/exhibits/${one.exhibit}/pages/${one.page}` : at`/api/exhibits/${one.exhibit}/file`

/** Whether one may change it: whoever added it, and a manager of the case. The centre decides. */
export const mayChange = (of: string, one: Exhibit): boolean => roleIn(of) === 'manager' || one.by === me.value?.id

/** Keep a file as an exhibit, called like the file without its ending. */
export async function addExhibit(of: string, file: File): Promise<Exhibit> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  const title = file.name.replace(/\.[A-Za-z0-9]+$/, '').slice(0, TITLE_MAX) || file.name.slice(0, TITLE_MAX)
  return await post<Exhibit>(at`/api/cases/${of}/exhibits`, { title, data: btoa(text) })
}

export const showIn = (session: string, exhibit: string, page: number): Promise<unknown> =>
  post(at`/api/sessions/${session}/shown/${exhibit}`, { page })

export const takeAway = (session: string): Promise<unknown> => post(at`/api/sessions/${session}/shown`)
