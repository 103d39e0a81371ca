/** Administration: accounts, roles, rooms, devices, templates, settings, setting up. */

import type { SameKeys } from './same-keys'
import type admin from './zh-CN-admin'

const en: SameKeys<typeof admin> = {
  admin: {
    parts: 'Pages of the administration',
    group: { start: 'Overview', people: 'People', places: 'Places', content: 'Content', running: 'Running' },
    part: {
      home: { name: 'Administration', lead: 'What needs doing first, then how everything stands.' },
      setUp: { name: 'Setting up', lead: 'From an empty machine to a test recording that is verified, step by step. Leave at any step and take it up again.' },
      accounts: { name: 'Accounts', lead: 'Who can sign in, what they do, which cases they see. Accounts are locked, never deleted.' },
      roles: { name: 'Roles and permissions', lead: 'What each role may do. The server checks by this table.' },
      rooms: { name: 'Rooms', lead: 'Interview rooms and sites, their devices, and what they are doing now.' },
      sources: { name: 'Devices', lead: 'Cameras, body cameras, drones, detectors. Registered by QR code, withdrawn at any time.' },
      templates: { name: 'Templates', lead: 'Forms of records, and neutral questions often asked.' },
      settings: { name: 'Settings', lead: 'What each means, its default, what is in force, and where that comes from.' },
    },
  },
}

export default en
