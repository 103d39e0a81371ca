/** Whether this page is a screen nobody sits at (`?screen=tv` of a wall); every connection says so. */

import { ref } from 'vue'

export const unattended = ref(false)
