/** Which loudspeaker or headset a sound comes from; kept on this device. Not every browser can choose. */

export interface Output {
  id: string
  label: string
}

const KEPT = 'duizhi.output'

export function sinkOf(): string {
  return localStorage.getItem(KEPT) ?? ''
}

/** What there is to choose from; none where the browser chooses by itself. Labels need a permission given before. */
export async function outputs(): Promise<Output[]> {
  if (!('setSinkId' in HTMLMediaElement.prototype)) return []
  const found = await navigator.mediaDevices?.enumerateDevices().catch(() => [])
  return (found ?? [])
    .filter((one) => one.kind === 'audiooutput' && one.label && !['default', 'communications'].includes(one.deviceId))
    .map((one) => ({ id: one.deviceId, label: one.label }))
}

/** From here on; one that is gone is the browser's own choice again. */
export async function setOutput(element: HTMLMediaElement, id: string): Promise<void> {
  if (!('setSinkId' in element)) return
  try {
    await element.setSinkId(id)
    localStorage.setItem(KEPT, id)
  } catch {
    await element.setSinkId('').catch(() => undefined)
  }
}
