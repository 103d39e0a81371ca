/** 指挥台地图。 */
export default {
  map: {
    ground: '地图，方向键移动，加减号缩放',
    count: '{n} 台设备',
    old: '{n} 台位置已旧',
    none: '还没有位置',
    noneText: '设备报告位置后显示在这里',
    all: '看全部',
    zoomIn: '放大',
    zoomOut: '缩小',
    north: '上方为正北',
    northShort: '北',
    ago: '{span}前',
    factNow: '±{m} 米，{age}',
    factStale: '{age}在此',
    placeNow: '{name}，{age}的位置，误差约 {m} 米',
    placeStale: '{name}，位置已旧，{age}在此，误差约 {m} 米',
    placeAlarm: '{place}。{alarm}',
  },
}
