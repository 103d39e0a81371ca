/** Motion shows cause and nothing else: a sentence flies from where it was written to where it went. */

const FLIGHT_MS = 420

export function flyText(text: string, from: HTMLElement, to: HTMLElement): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
  const begin = from.getBoundingClientRect()
  const end = to.getBoundingClientRect()
  const ghost = document.createElement('div')
  ghost.className = 'flying'
  ghost.setAttribute('aria-hidden', 'true')
  ghost.textContent = text
  ghost.style.left = `${begin.left}px`
  ghost.style.top = `${begin.top}px`
  document.body.append(ghost)
  const path = `translate(${end.left + 32 - begin.left}px, ${end.top - begin.top}px)`
  const flight = ghost.animate(
    [
      { transform: 'none', opacity: 1 },
      { transform: path, opacity: 0.9, offset: 0.85 },
      { transform: path, opacity: 0 },
    ],
    { duration: FLIGHT_MS, easing: 'cubic-bezier(.2, 0, 0, 1)' },
  )
  flight.onfinish = flight.oncancel = () => ghost.remove()
}
