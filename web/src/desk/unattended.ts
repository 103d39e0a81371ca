/** Whether this page is a screen nobody sits at (`?screen=tv` of a wall); every connection says so. */

import { ref } from 'vue'

export const unattended = ref(false)

/** Whether this page is in the hands of somebody who is questioned: nothing of others is shown over it. */
export const handedOver = ref(false)
