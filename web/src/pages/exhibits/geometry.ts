/**
 * Where a sheet lies on a screen. Places on the sheet are ten thousandths of its width and height,
 * so that every screen shows the same part whatever its size. Pure.
 */

export const UNITS = 10_000
export const ZOOM_MIN = 100
export const ZOOM_MAX = 1200

export interface Look {
  /** Middle of what is seen. */
  x: number
  y: number
  /** Per cent of the sheet fitted as a whole. */
  zoom: number
  pointer: [number, number] | null
  frame: [number, number, number, number] | null
}

export interface Size {
  width: number
  height: number
}

export interface Box extends Size {
  left: number
  top: number
}

export const plainLook = (): Look => ({ x: UNITS / 2, y: UNITS / 2, zoom: ZOOM_MIN, pointer: null, frame: null })

const between = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)

/** The box of the whole sheet on a stage, in pixels; no empty edge stands where sheet could. */
export function boxOf(sheet: Size, stage: Size, look: Look): Box {
  if (!sheet.width || !sheet.height || !stage.width || !stage.height) return { left: 0, top: 0, width: 0, height: 0 }
  const scale = (Math.min(stage.width / sheet.width, stage.height / sheet.height) * look.zoom) / 100
  const width = sheet.width * scale
  const height = sheet.height * scale
  const left = stage.width / 2 - (look.x / UNITS) * width
  const top = stage.height / 2 - (look.y / UNITS) * height
  return {
    width,
    height,
    left: width <= stage.width ? (stage.width - width) / 2 : between(left, stage.width - width, 0),
    top: height <= stage.height ? (stage.height - height) / 2 : between(top, stage.height - height, 0),
  }
}

/** A place on the sheet for a point of the stage; null beside the sheet. */
export function placeOf(box: Box, x: number, y: number): [number, number] | null {
  if (!box.width || x < box.left || y < box.top || x > box.left + box.width || y > box.top + box.height) return null
  return [Math.round(((x - box.left) / box.width) * UNITS), Math.round(((y - box.top) / box.height) * UNITS)]
}

/** Zoomed by a factor so that the place under a point of the stage stays there. */
export function zoomed(sheet: Size, stage: Size, look: Look, factor: number, x: number, y: number): Look {
  const zoom = Math.round(between(look.zoom * factor, ZOOM_MIN, ZOOM_MAX))
  if (zoom === look.zoom) return look
  const before = boxOf(sheet, stage, look)
  const size = boxOf(sheet, stage, { ...look, zoom })
  const u = (x - before.left) / before.width
  const v = (y - before.top) / before.height
  return {
    ...look,
    zoom,
    x: Math.round(between(u + (stage.width / 2 - x) / size.width, 0, 1) * UNITS),
    y: Math.round(between(v + (stage.height / 2 - y) / size.height, 0, 1) * UNITS),
  }
}

/** Moved by pixels of the stage. */
export function moved(sheet: Size, stage: Size, look: Look, dx: number, dy: number): Look {
  const box = boxOf(sheet, stage, look)
  const middle = (at: number, size: number, whole: number): number =>
    size <= whole ? UNITS / 2 : Math.round(between((whole / 2 - between(at, whole - size, 0)) / size, 0, 1) * UNITS)
  return {
    ...look,
    x: middle(box.left + dx, box.width, stage.width),
    y: middle(box.top + dy, box.height, stage.height),
  }
}
