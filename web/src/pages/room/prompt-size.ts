/**
 * How large a prompt is written so that it is read from two metres. ISO 9241-303 asks for characters of
 * 20 to 22 minutes of arc where text is read easily, and never less than 16. The height of a Chinese
 * character's strokes is about nine tenths of the font size. How many millimetres a point of the screen
 * has, the browser does not say: where the width of the screen was told on this device it is used, else
 * the point of CSS (96 to the inch), which makes letters smaller than they should be on dense tablets.
 */

export const READING_MM = 2_000
export const EASY_ARCMIN = 21
export const LEAST_ARCMIN = 16
/** Of the font size, what the strokes of a Chinese character fill. */
export const FACE = 0.9
export const CSS_POINT_MM = 25.4 / 96
/** Prompts with more characters are written in the least size: they would fill several screens. */
export const LONG_CHARACTERS = 48
const SCREEN_MM = { least: 120, most: 800 }

export const screenWidthOk = (mm: number): boolean => Number.isFinite(mm) && mm >= SCREEN_MM.least && mm <= SCREEN_MM.most

/** Width of a bank card or identity card (ISO/IEC 7810 ID-1), and its height by its width. */
export const CARD_MM = 85.6
export const CARD_SHAPE = 53.98 / 85.6

/** The screen's width, from how many of its points are as wide as a card. */
export const screenMmOfCard = (cardPoints: number, screenPoints: number): number => Math.round((CARD_MM * screenPoints) / cardPoints)

/** How many points wide a card can be drawn, narrowest to widest, on a screen that is believed. */
export function cardRange(screenPoints: number, most: number): [number, number] {
  const points = (mm: number): number => (CARD_MM * screenPoints) / mm
  return [Math.ceil(points(SCREEN_MM.most)), Math.floor(Math.min(points(SCREEN_MM.least), most))]
}

/** Points of font size for a height in minutes of arc, from two metres. */
export function fontPoints(arcmin: number, pointMm: number): number {
  const height_mm = 2 * READING_MM * Math.tan(((arcmin / 60) * Math.PI) / 360)
  return Math.ceil(height_mm / FACE / pointMm)
}

/** `screenMm`: width of the screen as told, null: not; `screenPoints`: its width in points of CSS. */
export function pointMm(screenMm: number | null, screenPoints: number): number {
  return screenMm !== null && screenWidthOk(screenMm) && screenPoints > 0 ? screenMm / screenPoints : CSS_POINT_MM
}

/** The words of a prompt: a line breaks between them, also in Chinese. */
export function wordsOf(text: string): string[] {
  if (!('Segmenter' in Intl)) return [text]
  return [...new Intl.Segmenter('zh', { granularity: 'word' }).segment(text)].map((one) => one.segment)
}

export function promptPoints(characters: number, screenMm: number | null, screenPoints: number): number {
  const arcmin = characters > LONG_CHARACTERS ? LEAST_ARCMIN : EASY_ARCMIN
  return fontPoints(arcmin, pointMm(screenMm, screenPoints))
}
