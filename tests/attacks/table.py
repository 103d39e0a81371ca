"""The table of attacks, as README.md shows it."""

from __future__ import annotations

from tests.attacks import forms as _forms  # noqa: F401  (registers every attack)
from tests.attacks.attack import ATTACKS, Attack
from tests.attacks.scenes import CLEAN

_HEAD = """\
# Attack set

{attacks} named attacks in {forms} forms, and {clean} clean kinds that must raise no alarm.
Made by `python -m tests.attacks --write`; a test holds that this table is what is run.

Run: `.venv/bin/pytest tests/attacks`, or
`.venv/bin/python -m tests.attacks [--list] [--only NAME]`.
"""

_ABOUT = """
## Forms

| form | what the attacker does |
|---|---|
| plain | the change alone |
| sealed | both manifests are made to fit again: only the signed log can tell |
| thorough | entries, leaf hashes, root, proofs, copies, transcripts and summary are made anew too |
| rekeyed | all that, signed with the attacker's own key; the test also gives the true `--key` |
| store | done to a store in place (the name says whether with its key) |

Every form is verified as a directory and, where that is possible, as a zip archive; the most
careful form also by `duizhi verify`, by `verify.py` under `python3 -I -S`, and by the function
behind the audit desk, which must all name the same.

"accepted" means that nothing in the package or store can tell, and says what can.
Seconds are those of the story: the session's source is recorded from 0 to 4, interrupted until 7,
recorded until 9, paused until 13, recorded until 17.
"""


def table_text() -> str:
    """README.md."""
    forms = sum(len(attack.expected) for attack in ATTACKS.values())
    parts = [_HEAD.format(attacks=len(ATTACKS), forms=forms, clean=len(CLEAN)), _ABOUT]
    groups = {attack.group: None for attack in ATTACKS.values()}
    for group in groups:
        parts.append(f"\n## {group.capitalize()}\n\n")
        parts.append("| attack | what is done | form | verdict | named |\n|---|---|---|---|---|\n")
        rows = [_rows(attack) for attack in ATTACKS.values() if attack.group == group]
        parts += [line for row in rows for line in row]
    parts.append("\n## Clean kinds\n\n| kind | verdict |\n|---|---|\n")
    parts += [f"| {name} | {verdict} |\n" for name, verdict in CLEAN.items()]
    return "".join(parts)


def _rows(attack: Attack) -> list[str]:
    """One line for each set of forms that expect the same."""
    alike: dict[tuple[str, str], list[str]] = {}
    for form, named in attack.expected.items():
        alike.setdefault((named.verdict, named.text()), []).append(form)
    lines = []
    name, text = f"`{attack.name}`", attack.text
    for (verdict, what), forms in alike.items():
        lines.append(f"| {name} | {text} | {', '.join(forms)} | {verdict} | {what} |\n")
        name = text = ""
    return lines
