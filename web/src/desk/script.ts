/** A room's lines in the order they happened: speech, markers, gaps, prompts arriving. */

import type { GapEvent, Marker, PartialText, Pause, Prompt, Utterance, VoiceLine } from './protocol'
import type { DeskState } from './state'

export type ScriptItem =
  | { kind: 'speech'; key: string; at_us: number; line: Utterance }
  | { kind: 'marker'; key: string; at_us: number; marker: Marker }
  | { kind: 'gap'; key: string; at_us: number; gap: GapEvent }
  | { kind: 'pause'; key: string; at_us: number; pause: Pause }
  | { kind: 'call'; key: string; at_us: number; call: VoiceLine }
  | { kind: 'prompt'; key: string; at_us: number; prompt: Prompt }

export function scriptOf(state: DeskState, room: string, camera: string | undefined): ScriptItem[] {
  const items: ScriptItem[] = []
  for (const line of state.utterances.get(room) ?? []) {
    items.push({ kind: 'speech', key: line.id, at_us: line.start_us, line })
  }
  for (const marker of state.markers.get(room) ?? []) {
    items.push({ kind: 'marker', key: `m${marker.marker || `${marker.t_us}${marker.text}`}`, at_us: marker.t_us, marker })
  }
  for (const gap of state.gaps.get(room) ?? []) {
    if (gap.source === camera) {
      items.push({ kind: 'gap', key: `g${gap.start_us}`, at_us: gap.start_us, gap })
    }
  }
  for (const pause of state.pauses.values()) {
    if (pause.room === room) items.push({ kind: 'pause', key: `z${pause.id}`, at_us: pause.start_us, pause })
  }
  for (const call of state.lines.values()) {
    if (call.room === room && call.opened_us) items.push({ kind: 'call', key: `c${call.id}`, at_us: call.opened_us, call })
  }
  for (const prompt of state.prompts.values()) {
    const shown = prompt.times.shown_us
    if (prompt.room !== room || !shown) continue
    items.push({ kind: 'prompt', key: `p${prompt.id}`, at_us: shown, prompt })
  }
  return items.sort((a, b) => a.at_us - b.at_us)
}

export function partialsOf(state: DeskState, room: string): PartialText[] {
  return [...state.partials.values()]
    .filter((partial) => partial.room === room)
    .sort((a, b) => a.start_us - b.start_us)
}
