"""The demo case: story, clips and the tools that make and measure them. Data, no behaviour."""

from pathlib import Path

#: The demo's folder; clips and the story lie below it.
DEMO = Path(__file__).parent
CLIPS = DEMO / "clips"
STORY = DEMO / "story.json"
#: How each turn of the story is spoken: its id, a tab, pinyin.
PINYIN = DEMO / "pinyin.tsv"
