"""A record as a Word document that people may go on editing: a template of the agency, filled.

The one place that knows docxtpl, which takes a quarter of a second to load and so is loaded where a
document is read or written. Templates are Word files with ``{{ field }}`` and loops in them
(README, Templates); values are text and never template code: they are escaped, control characters
are taken out, and the template itself runs in a sandbox. The same content and template give the
same bytes. The signed PDF is made elsewhere (typeset.py): a Word file is never what is signed.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from command_centre.record.errors import TemplateUnusable

SHIPPED = Path(__file__).with_name("templates")
TEMPLATE_BYTES_MAX = 8 << 20
_UNPACKED_BYTES_MAX = 64 << 20
#: Not allowed in XML 1.0, or read as markup of their own by docxtpl (bell, form feed).
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_NAMED = re.compile(r"'([^']+)'")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)

Values = dict[str, Any]


@dataclass(frozen=True)
class WordTemplate:
    """A template as it was read; its file may change afterwards."""

    form: str  # questioning | inspection
    data: bytes
    own: bool  # the agency's own, not the one that comes with Duizhi
    version: str

    @property
    def sha256(self) -> str:
        """Names the template in entries."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def name(self) -> str:
        """As people read it."""
        return f"{self.form}.docx"


def read_template(form: str, folder: Path) -> WordTemplate:
    """The agency's template of a form when its folder has one, the shipped one otherwise.

    Raises:
        TemplateUnusable: it cannot be read.
    """
    own = folder / f"{form}.docx"
    path = own if own.exists() else SHIPPED / f"{form}.docx"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TemplateUnusable(f"{path} cannot be read: {error.strerror}") from error
    return open_template(form, data, own=path == own)


def open_template(form: str, data: bytes, *, own: bool) -> WordTemplate:
    """A template from its bytes.

    Raises:
        TemplateUnusable: it is no Word document, too large, or carries macros.
    """
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    if len(data) > TEMPLATE_BYTES_MAX:
        raise TemplateUnusable(f"a template has at most {TEMPLATE_BYTES_MAX >> 20} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [one.filename for one in archive.infolist()]
            unpacked = sum(one.file_size for one in archive.infolist())
        if unpacked > _UNPACKED_BYTES_MAX:
            raise TemplateUnusable("the template is too large when it is unpacked")
        if any("vbaProject" in name for name in names):
            raise TemplateUnusable("a template carries no macros; save it as .docx")
        version = str(docx.Document(io.BytesIO(data)).core_properties.version or "")
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError) as e:
        raise TemplateUnusable("expected a Word document (.docx)") from e
    return WordTemplate(form, data, own, version[:40])


def fill(template: WordTemplate, values: Values) -> bytes:
    """The document.

    Raises:
        TemplateUnusable: it names a field that is not there, or its code cannot be read.
    """
    from docxtpl import DocxTemplate

    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    document = DocxTemplate(io.BytesIO(template.data))
    try:
        document.render(_clean(values), environment)
    except UndefinedError as error:
        raise TemplateUnusable(_unknown(str(error), values)) from error
    except TemplateSyntaxError as error:
        raise TemplateUnusable(f"its template code cannot be read: {error.message}") from error
    except (TemplateError, TypeError, ValueError, SyntaxError, OverflowError) as error:
        raise TemplateUnusable(f"it cannot be filled: {type(error).__name__}: {error}") from error
    out = io.BytesIO()
    document.save(out)
    return _same_bytes(out.getvalue())


def fields_of(template: WordTemplate) -> set[str]:
    """The fields a template names; what a loop makes itself is none.

    Raises:
        TemplateUnusable: its code cannot be read.
    """
    from docxtpl import DocxTemplate

    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    document = DocxTemplate(io.BytesIO(template.data))
    try:
        return set(document.get_undeclared_template_variables(environment))
    except TemplateSyntaxError as error:
        raise TemplateUnusable(f"its template code cannot be read: {error.message}") from error
    except (TemplateError, TypeError, ValueError, SyntaxError) as error:
        raise TemplateUnusable(f"it cannot be read: {type(error).__name__}: {error}") from error


def _unknown(said: str, values: Values) -> str:
    named = _NAMED.findall(said)
    field = named[-1] if named else said
    return f"there is no field {field}; the fields are {', '.join(sorted(values))}"


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, dict):
        return {name: _clean(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return value


def _same_bytes(data: bytes) -> bytes:
    """The archive without the time at which it was packed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for one in archive.infolist():
            info = zipfile.ZipInfo(one.filename, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, archive.read(one))
    return out.getvalue()
