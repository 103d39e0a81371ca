"""What an instrument stored, read from a file of comma-separated values. Pure.

    time,quantity,value,unit,source
    2026-05-12 09:01:00,O2,20.9,%VOL,GasAlert 4

The first line names the columns, in English or Chinese, in any order; others are let pass; `source`
may be missing. Commas, semicolons or tabs; UTF-8 or GB 18030. A time without an offset is of the
zone that is named. Every line is read or the whole file is refused, with the line and what was
expected. Quantities that no testimony is laid beside (temperature, battery) are let pass and
counted. A file with more than can be kept is thinned to the least and the most of each minute, as
live readings are, and says so. Whether calibration and clock of the instrument were right is
for people to weigh.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import msgspec

from command_centre.comparison.lexicon import CONTENT_BYTES_MAX, DeviceLog, DeviceRow
from command_centre.errors import GarbledReading, Rejected
from command_centre.instruments.quantities import quantity, thousandths
from config.words import MICROSECONDS

FILE_BYTES_MAX = 2_000_000
LINES_MAX = 50_000
_CELL_MAX = 200
_MINUTE_US = 60 * MICROSECONDS
#: A clock that stood at its first day is no time of an incident.
_FIRST_YEAR, _LAST_YEAR = 2000, 2099

#: What a column may be called.
_COLUMNS = {
    "time": "time timestamp datetime 时间 日期时间 检测时间 记录时间",
    "quantity": "quantity gas parameter 量 检测量 气体 项目 检测项目 参数",
    "value": "value reading 值 数值 读数 浓度 检测值",
    "unit": "unit units 单位",
    "source": "source device instrument serial 来源 仪器 设备 编号",
}
_NEEDED = ("time", "quantity", "value", "unit")
_NAMES = {
    "氧": "O2_vol", "氧气": "O2_vol", "氧含量": "O2_vol", "一氧化碳": "CO_ppm", "硫化氢": "H2S_ppm",
    "可燃气": "LEL_pct", "可燃气体": "LEL_pct", "爆炸下限": "LEL_pct", "甲烷": "LEL_pct",
    "ch4": "LEL_pct", "温度": "temp_c", "湿度": "rh_pct", "电量": "battery_pct",
}  # fmt: skip
#: Testimony is laid beside these (``transcription.comparison.device.GASES``), in these units.
_UNITS: dict[str, tuple[str, ...]] = {
    "O2_vol": ("%vol", "vol%", "%", "%v/v"),
    "CO_ppm": ("ppm",),
    "LEL_pct": ("%lel", "lel%", "%"),
    "H2S_ppm": ("ppm",),
}
#: A sensor for methane also gives it by volume, where 5 % is its whole explosive limit.
_BY_VOLUME_TOO = ("甲烷", "ch4")
UNIT_OF = {"O2_vol": "%VOL", "CO_ppm": "ppm", "LEL_pct": "%LEL", "H2S_ppm": "ppm"}
_ZONE = re.compile(r"([+-])(\d{2}):(\d{2})")
_DATE_SIGNS = str.maketrans({"/": "-", ".": "-", "年": "-", "月": "-", "日": " "})


@dataclass(frozen=True)
class Stored:
    """What a file holds."""

    log: DeviceLog
    lines: int  # with a value, of all quantities
    passed: int  # of those, with a quantity that nothing is laid beside
    source: str  # as the file names the instrument; empty: it does not
    thinned: bool  # only the least and the most of each minute are kept


def zone_of(name: str) -> timezone:
    """A zone by its offset, ``+08:00``.

    Raises:
        Rejected: ``bad_device_log``.
    """
    match = _ZONE.fullmatch(name)
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        raise refused("zone", 0, "an offset from UTC like +08:00")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-offset if match[1] == "-" else offset)


def refused(why: str, line: int, expected: str, **extra: object) -> Rejected:
    """The refusal of a file, or of a line of it (from 1; 0: of no line)."""
    where = f"line {line}: " if line else ""
    detail = f"{where}expected {expected}"
    return Rejected("bad_device_log", detail, why=why, line=line, expected=expected, **extra)


def read_file(data: bytes, zone: timezone, device: str, name: str) -> Stored:
    """What the file holds, under the id ``device``.

    Raises:
        Rejected: ``bad_device_log`` with ``why``, ``line`` (0: none), ``expected``.
    """
    if not 1 <= len(data) <= FILE_BYTES_MAX:
        raise refused("size", 0, f"a file of 1 to {FILE_BYTES_MAX} bytes", most=FILE_BYTES_MAX)
    values: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    source, lines, passed = "", 0, 0
    for line, cells in _lines(_text(data)):
        lines += 1
        if lines > LINES_MAX:
            raise refused("lines", line, f"at most {LINES_MAX} lines", most=LINES_MAX)
        source = _same_source(cells["source"], source, line)
        key, t_us = _quantity(cells["quantity"], line), _time_us(cells["time"], zone, line)
        number = _number(cells["value"], key, line)
        if key in _UNITS:
            _require_unit(cells["unit"], cells["quantity"], key, line)
            values[t_us][key].append(number)
        else:
            passed += 1
    if not values:
        expected = "at least one line with oxygen, combustible gas, carbon monoxide or H2S"
        raise refused("nothing", 0, expected)
    rows, thinned = _kept(values)
    log = DeviceLog(device=device, name=name or source or device, rows=tuple(rows))
    return Stored(log=log, lines=lines, passed=passed, source=source, thinned=thinned)


# --- lines ----------------------------------------------------------------------------------------


def _text(data: bytes) -> str:
    for coding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(coding)
        except UnicodeDecodeError:
            continue
    raise refused("coding", 0, "text in UTF-8 or GB 18030, as spreadsheets save CSV")


def _lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line by its columns, with its number in the file."""
    head = text.split("\n", 1)[0]
    between = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    columns: dict[str, int] = {}
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(cells, reader.line_num)
                continue
            if any(len(cell) > _CELL_MAX for cell in cells):
                raise refused("cell", reader.line_num, f"cells of at most {_CELL_MAX} characters")
            if len(cells) <= max(columns.values()):
                raise refused("cells", reader.line_num, f"{max(columns.values()) + 1} cells")
            found = {name: cells[at].strip() for name, at in columns.items()}
            yield reader.line_num, {"source": "", **found}
    except csv.Error as error:
        raise refused("quoting", reader.line_num, "quotation marks that are closed") from error


def _columns(cells: list[str], line: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        said = re.sub(r"[(（].*", "", cell).strip().casefold()
        for name, words in _COLUMNS.items():
            if said in words.split():
                found.setdefault(name, at)
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        expected = f"a first line with the columns {', '.join(_NEEDED)}; {missing[0]} is missing"
        raise refused("columns", line, expected, missing=missing)
    return found


def _same_source(said: str, before: str, line: int) -> str:
    if said and before and said != before:
        raise refused("source", line, f"one instrument, {before}", said=said, before=before)
    return before or said


def _quantity(said: str, line: int) -> str:
    key = _NAMES.get(said.casefold()) or quantity(said)
    if key is None:
        raise refused("quantity", line, "O2, LEL, CO or H2S", said=said)
    return key


def _require_unit(said: str, name: str, key: str, line: int) -> None:
    unit = said.replace(" ", "").replace("％", "%").casefold()
    either = unit == "%" and name.casefold() in _BY_VOLUME_TOO
    if either or unit not in _UNITS[key]:
        raise refused("unit", line, UNIT_OF[key], said=said)


def _number(said: str, key: str, line: int) -> int:
    try:
        return thousandths(key, float(said))
    except ValueError as error:
        raise refused("value", line, "a number like 20.9", said=said) from error
    except GarbledReading as error:
        raise refused("range", line, str(error), said=said) from error


def _time_us(said: str, zone: timezone, line: int) -> int:
    text = " ".join(said.replace("T", " ").split())
    date, _, rest = text.partition(" ")
    if "年" in text:
        date, _, rest = text.replace("日", "日 ").partition(" ")
    parts = [part.zfill(2) for part in date.translate(_DATE_SIGNS).strip().split("-")]
    clock = rest.strip().replace("：", ":")
    clock = f"0{clock}" if re.match(r"\d:", clock) else clock
    try:
        at = datetime.fromisoformat(f"{'-'.join(parts)}T{clock}")
    except ValueError as error:
        raise refused("time", line, "a time like 2026-05-12 09:01:00", said=said) from error
    if not rest or not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise refused("time", line, "a time like 2026-05-12 09:01:00", said=said)
    whole = at if at.tzinfo is not None else at.replace(tzinfo=zone)
    return round(whole.timestamp() * MICROSECONDS)


# --- what is kept ---------------------------------------------------------------------------------


def _kept(values: dict[int, dict[str, list[int]]]) -> tuple[list[DeviceRow], bool]:
    """Every value, or of each minute the least and the most where every value is too much."""
    every = list(_rows(values))
    if _fits(every):
        return every, False
    minutes: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for t_us, found in values.items():
        for key, numbers in found.items():
            minutes[t_us // _MINUTE_US * _MINUTE_US][key] += numbers
    ends = {
        t_us: {key: sorted({min(numbers), max(numbers)}) for key, numbers in found.items()}
        for t_us, found in minutes.items()
    }
    thinned = list(_rows(ends))
    if not _fits(thinned):
        expected = "fewer hours; cut the file to those of the matter"
        raise refused("long", 0, expected, minutes=len(ends))
    return thinned, True


def _rows(values: dict[int, dict[str, list[int]]]) -> Iterator[DeviceRow]:
    """Several values of one moment are several rows."""
    for t_us in sorted(values):
        found = values[t_us]
        for at in range(max(map(len, found.values()))):
            row = {key: numbers[at] for key, numbers in sorted(found.items()) if at < len(numbers)}
            yield DeviceRow(t_us, row)


def _fits(rows: list[DeviceRow]) -> bool:
    return len(msgspec.json.encode(rows)) <= CONTENT_BYTES_MAX - 1_000
