/** One's own jobs in a component; while it is there the connection of the lists is kept. */

import { onScopeDispose } from 'vue'
import { loadJobs, ownJobs } from './jobs'
import { followLists } from './useChanges'

export function useJobs() {
  onScopeDispose(followLists(loadJobs))
  return ownJobs
}
