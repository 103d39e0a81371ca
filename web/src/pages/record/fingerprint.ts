/** A picture of a fingerprint that goes beside a signature: as the centre takes it (command_centre/record/fingerprint.py). */

export const BYTES_MAX = 96 * 1024
export const SIDE_MIN = 100
export const SIDE_MAX = 1200
const KINDS = ['image/png', 'image/jpeg']
/** A camera's picture is made so large at most, and then poorer until it fits. */
const CAMERA_SIDE = 800
const QUALITIES = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
/** Larger files are no picture of a finger, and are not read at all. */
const FILE_BYTES_MAX = 40 * 1024 * 1024

export interface FingerprintMessage {
  mime: string
  data: string
}

/** A picture, and the place of the page it was taken for: no other is signed with it. */
export interface Print {
  place: string
  picture: FingerprintMessage
}

export class BadPicture extends Error {}

export interface Size {
  width: number
  height: number
}

/** How large it is sent: its longer side no longer than a camera's picture is made. */
export function fitted({ width, height }: Size): Size {
  const scale = Math.min(1, CAMERA_SIDE / Math.max(width, height))
  return { width: Math.round(width * scale), height: Math.round(height * scale) }
}

/** Whether a file can go as it is: that of a fingerprint pad is not made anew. */
export const goesAsItIs = (file: { type: string; size: number }, { width, height }: Size): boolean =>
  KINDS.includes(file.type) && file.size > 0 && file.size <= BYTES_MAX && Math.min(width, height) >= SIDE_MIN && Math.max(width, height) <= SIDE_MAX

export const base64Of = (blob: Blob): Promise<string> =>
  new Promise((done, failed) => {
    const reader = new FileReader()
    reader.onload = () => done(String(reader.result).replace(/^[^,]*,/, ''))
    reader.onerror = () => failed(new BadPicture())
    reader.readAsDataURL(blob)
  })

/** The first quality at which it fits. */
export async function smallEnough(draw: (quality: number) => Promise<Blob | null>): Promise<Blob> {
  for (const quality of QUALITIES) {
    const made = await draw(quality)
    if (made && made.size <= BYTES_MAX) return made
  }
  throw new BadPicture()
}

/**
 * A file of a pad or a camera as the centre takes it.
 *
 * Throws `BadPicture` where the browser cannot read it as a picture, or it is too small to show a finger.
 */
export async function fingerprintOf(file: File): Promise<FingerprintMessage> {
  if (file.size > FILE_BYTES_MAX) throw new BadPicture()
  const picture = await createImageBitmap(file).catch(() => {
    throw new BadPicture()
  })
  try {
    if (goesAsItIs(file, picture)) return { mime: file.type, data: await base64Of(file) }
    const { width, height } = fitted(picture)
    if (Math.min(width, height) < SIDE_MIN) throw new BadPicture()
    const canvas = Object.assign(document.createElement('canvas'), { width, height })
    const context = canvas.getContext('2d')
    if (!context) throw new BadPicture()
    context.fillStyle = '#fff' // what is clear in a PNG is paper
    context.fillRect(0, 0, width, height)
    context.drawImage(picture, 0, 0, width, height)
    const made = await smallEnough((quality) => new Promise((done) => canvas.toBlob(done, 'image/jpeg', quality)))
    return { mime: made.type, data: await base64Of(made) }
  } finally {
    picture.close()
  }
}
