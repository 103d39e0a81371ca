/** 3.2 MB, 14 GB: sizes as people read them. */
export function bytesWords(bytes: number): string {
  const mega = Math.max(0, bytes) / 1e6
  if (mega >= 1000) return `${(mega / 1000).toFixed(mega >= 10_000 ? 0 : 1)} GB`
  return `${mega >= 10 || mega === 0 ? mega.toFixed(0) : mega.toFixed(1)} MB`
}
