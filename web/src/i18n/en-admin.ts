/** Administration: names of its pages for everybody, and the page of an invitation. */

import type { SameKeys } from './same-keys'
import type admin from './zh-CN-admin'

const en: SameKeys<typeof admin> = {
  admin: {
    parts: 'Pages of the administration',
    group: { start: 'Overview', people: 'People', places: 'Places', content: 'Content', running: 'Running' },
    part: {
      home: { name: 'Administration', lead: 'Accounts, rooms, devices and how it all runs, each in its place.' },
      setUp: { name: 'Setting up', lead: 'From an empty machine to a test recording that is verified, step by step. Leave at any step and take it up again.' },
      accounts: { name: 'Accounts', lead: 'Who can sign in, what they do, which cases they see. Accounts are locked, never deleted.' },
      roles: { name: 'Permissions', lead: 'What each role may do. The server checks by this table.' },
      rooms: { name: 'Rooms', lead: 'Interview rooms and sites, their devices, and what they are doing now.' },
      sources: { name: 'Devices', lead: 'Cameras, body cameras, drones, detectors. Registered by QR code, withdrawn at any time.' },
      templates: { name: 'Templates', lead: 'Notices of rights, points to verify, forms of records, neutral questions often asked, and hints at wording.' },
      health: { name: 'Health', lead: 'How every process, queue and the clock are, live.' },
      storage: { name: 'Storage', lead: 'How much room is left, what takes it, and how long it lasts.' },
      keys: { name: 'Keys and witnesses', lead: 'Keys that sign and encrypt, when certificates end, and who vouches.' },
      models: { name: 'Models', lead: 'Which models are installed, what uses them, and whether the files are as they were.' },
      outside: { name: 'Agency sign-in', lead: 'Signing in with the agency\'s own accounts, and who is which account.' },
      log: { name: 'System log', lead: 'Accounts, roles, settings, keys: what belongs to no case. Each entry can be proved.' },
      settings: { name: 'Settings', lead: 'What each means, its default, and what is in force. Some can be changed here.' },
    },
  },
}

export default en
