/** What of the installation needs somebody: the same for its page and for the administration's home. */

import type { Health, PartState, QueueState } from './types'

export interface Verdict {
  tone: 'ok' | 'differ' | 'act'
  /** Names of what does not run, and then of what should be looked at. */
  what: string[]
}

type Translate = (key: string) => string

/** A queue that is about to refuse. */
export function isFull(one: QueueState): boolean {
  return one.limit > 0 && one.waiting >= one.limit * 0.8
}

export function verdictOf(now: Health, names: { process(name: string): string; part(one: PartState): string }, t: Translate): Verdict {
  const troubled = [
    ...now.processes.filter((one) => one.watched && one.state !== 'running').map((one) => names.process(one.name)),
    ...now.parts.filter((one) => one.state === 'bad').map(names.part),
    ...now.queues.filter(isFull).map((one) => t(`running.queue.${one.name}`)),
  ]
  const watched = [...now.parts.filter((one) => one.state === 'warn').map(names.part), ...(now.clock.warn ? [t('running.clock.title')] : [])]
  return { tone: troubled.length ? 'act' : watched.length ? 'differ' : 'ok', what: [...troubled, ...watched] }
}
