/**
 * Vibrate, where the device can and someone has touched the page: before that, browsers refuse it
 * and complain (a tablet that was reloaded and has not been tapped since).
 */
export function buzz(pattern: number | number[]): boolean {
  if (!navigator.userActivation?.hasBeenActive) return false
  return navigator.vibrate?.(pattern) ?? false
}
