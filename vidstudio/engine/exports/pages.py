"""Pages from templates, as files that need nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidstudio.engine.resources import resource

if TYPE_CHECKING:
    import jinja2


def template(name: str) -> jinja2.Template:
    """A template of `resources/templates`; a name that it is not given is an error."""
    import jinja2  # only who writes a page needs it

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(name)
