/** Keys that make an act one act, however often a lost connection makes it go out. */

export function onceKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
