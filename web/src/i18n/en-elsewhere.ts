/** Away from wall and tablet: alarms that wait, a centre that is not heard. */

export default {
  toWall: 'See to it on the wall',
  toRoom: 'See to it in the room',
  toCase: 'See the case',
  aside: 'Put aside',
  asideOf: 'Put aside ({n} in all)',
  asideHint: 'This acknowledges nothing; it only makes room here. A further alarm brings them back.',
  waits: '{n} alarm waits | {n} alarms wait',
  away: 'Apart from the centre',
  awaySince: 'Since {time}; what stands here may be old. Connecting again…',
}
