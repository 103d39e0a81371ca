/** A template of points while it is written: points come, go, come back and move; nothing is sent from here. */
import { computed, nextTick, ref } from 'vue'
import type { Ref } from 'vue'
import { moved } from './notices'
import { LIMITS, draftOf, emptyPoint, textOf, unfinished } from './point-templates'
import type { DraftPoint, TemplateVersion } from './point-templates'

export function useTemplateDraft(from: TemplateVersion | null, list: Ref<HTMLElement | null>, adding: Ref<HTMLElement | null> = ref(null)) {
  const draft = ref(draftOf(from))
  const text = computed(() => textOf(draft.value))
  const spelled = computed(() => JSON.stringify(text.value))
  const before = spelled.value
  const isFull = computed(() => draft.value.points.length >= LIMITS.points)
  /** Keys of points that stand open. */
  const open = ref(new Set<number>(from ? [] : draft.value.points.map((one) => one.key)))
  const removed = ref<{ point: DraftPoint; at: number } | null>(null)
  /** Where a point has moved to, from 1; told to who does not see it. */
  const movedTo = ref(0)

  async function focus(key: number, selector: string): Promise<void> {
    await nextTick()
    list.value?.querySelector<HTMLElement>(`[data-key='${key}'] ${selector}`)?.focus()
  }
  function toggle(key: number): void {
    if (!open.value.delete(key)) open.value.add(key)
  }
  /** Opens a point, from 1, and goes to its first text. */
  function look(point: number): void {
    const one = draft.value.points[point - 1]
    if (!one) return
    open.value.add(one.key)
    void focus(one.key, 'textarea')
  }
  function add(): void {
    const point = emptyPoint()
    draft.value.points.push(point)
    look(draft.value.points.length)
  }
  function remove(at: number): void {
    const [point] = draft.value.points.splice(at, 1)
    if (!point) return
    removed.value = { point, at }
    // its button is gone: the point that took its place has the focus, else the one before
    const next = draft.value.points[at] ?? draft.value.points[at - 1]
    if (next) void focus(next.key, '[data-fold]')
    else void nextTick(() => adding.value?.focus())
  }
  function bringBack(): void {
    if (!removed.value || isFull.value) return
    const { point, at } = removed.value
    draft.value.points.splice(Math.min(at, draft.value.points.length), 0, point)
    removed.value = null
    void focus(point.key, '[data-fold]')
  }
  function move(at: number, by: -1 | 1): void {
    const point = draft.value.points[at]!
    draft.value.points = moved(draft.value.points, at, by)
    const now = draft.value.points.indexOf(point)
    movedTo.value = now + 1
    const last = draft.value.points.length - 1
    // at an end the button for that way is gone; the other one takes over
    const way = by < 0 ? (now === 0 ? 'down' : 'up') : now === last ? 'up' : 'down'
    void focus(point.key, `[data-move='${way}']`)
  }

  return {
    draft, text, spelled, open, removed, movedTo, isFull,
    changed: computed(() => spelled.value !== before),
    missing: computed(() => unfinished(text.value)),
    toggle, look, add, remove, bringBack, move,
  }
}
