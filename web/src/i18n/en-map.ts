/** The map of the wall. */
export default {
  map: {
    ground: 'Map; arrow keys move it, plus and minus zoom',
    count: '{n} device | {n} devices',
    old: '{n} position is old | {n} positions are old',
    none: 'No positions yet',
    noneText: 'Devices appear here once they say where they are',
    all: 'Show all',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    north: 'North is up',
    northShort: 'N',
    ago: '{span} ago',
    factNow: '±{m} m, {age}',
    factStale: 'here {age}',
    placeNow: '{name}, position of {age}, within about {m} m',
    placeStale: '{name}, position is old, was here {age}, within about {m} m',
    placeAlarm: '{place}. {alarm}',
  },
}
