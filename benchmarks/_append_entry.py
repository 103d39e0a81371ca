"""What ``benchmarks.append --sources`` appends: an entry such as a prompt from the manager."""

from __future__ import annotations

from typing import Any

_TEXT = "请他说明当天下午三点到四点之间在装卸区做了什么，并核对叉车的交接记录由谁签字。"


def prompt(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Its public and its private part."""
    public = {
        "prompt": f"p-{number:08d}",
        "group": f"g-{number // 2:08d}",
        "point": "point-3",
        "by": "manager-1",
        "target_room": "room1",
    }
    return public, {"text": f"{number}：{_TEXT}", "by_name": "王主任"}
