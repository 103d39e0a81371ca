/** The code in the address a QR code opens: `/device#join=…`. */
export function joinCodeIn(hash: string): string | null {
  const code = new URLSearchParams(hash.replace(/^#/, '')).get('join')
  return code || null
}
