"""Irregular forms of English verbs: said in one tense, asked in another, the same verb."""

from __future__ import annotations

_FORMS = (
    "break broke broken|bring brought|build built|burn burnt|buy bought|catch caught|choose chose "
    "chosen|come came|cut cutting|dig dug digging|draw drew drawn|drive drove driven|fall fell "
    "fallen|feed fed|find found|get got getting|give gave given|go went gone|grind ground|hang "
    "hung|hold held|keep kept|lay laid|lead led|leave left|let letting|lift lifting|light lit|"
    "lower lowered|make made|pay paid|put putting|read reading|ride rode ridden|ring rang rung|"
    "run ran running|say said|see saw seen|sell sold|send sent|set setting|shake shook shaken|"
    "shoot shot|shut shutting|sit sat sitting|sling slung|speak spoke spoken|spin spun|stand "
    "stood|stick stuck|strike struck|sweep swept|swing swung|take took taken|teach taught|tear "
    "tore torn|tell told|throw threw thrown|undo undid undone|wear wore worn|weld welded|wind "
    "wound|write wrote written"
)
BASE = {form: row.split()[0] for row in _FORMS.split("|") for form in row.split()}
#: Past forms that no ending tells.
PAST = frozenset(BASE) - frozenset(BASE.values()) | {"shut", "cut", "put", "set", "let", "hit"}
