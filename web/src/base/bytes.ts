/** 3.2 MB, 14 GB: sizes as people read them. */
export function bytesWords(bytes: number): string {
  const mega = Math.max(0, bytes) / 1e6
  if (mega >= 1000) return `${(mega / 1000).toFixed(mega >= 10_000 ? 0 : 1)} GB`
  if (mega > 0 && mega < 0.05) return '< 0.1 MB'
  return `${mega >= 10 || mega === 0 ? mega.toFixed(0) : mega.toFixed(1)} MB`
}

/** Bytes as base64, a piece at a time: a call takes only so many arguments. */
export function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}
