/**
 * Whether somebody was signed in in this browser when a page was last open: worth asking ahead for
 * what only they may see. Who is signed in is the cookie's matter, and the centre's.
 */

const HERE = 'duizhi.here'

export function wasHere(): boolean {
  try {
    return localStorage.getItem(HERE) !== null
  } catch {
    return false
  }
}

export function remember(here: boolean): void {
  try {
    if (here) localStorage.setItem(HERE, '1')
    else localStorage.removeItem(HERE)
  } catch {
    // forbidden: nothing is asked ahead
  }
}
