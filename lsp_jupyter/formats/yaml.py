"""YAML from others: plain values only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsp_jupyter.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["load_yaml"]

#: Characters at most.
_LONGEST = 64 << 20


def load_yaml(text: str, name: str) -> Any:
    """The values of a YAML document.

    Objects of other programs (tags) become the plain values they are written
    as; nothing is ever constructed.

    Parameters
    ----------
    text : `str`
        The document.
    name : `str`
        What to call it in errors.

    Returns
    -------
    value
        Dictionaries, lists, texts, numbers, `True`, `False` and `None`.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if it is not valid YAML; the message names the line.
    """
    import yaml  # type: ignore[import-untyped, unused-ignore]

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = type("PlainLoader", (base,), {})
    loader.add_multi_constructor("", _plain(yaml))
    if len(text) > _LONGEST:
        raise PublishError(f"{name} is too long.")
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise PublishError(f"{name} is not valid YAML{place}: {problem}.") from None
    except (RecursionError, ValueError):
        raise PublishError(f"{name} is not valid YAML.") from None


def _plain(yaml: Any) -> Callable[[Any, str, Any], Any]:
    def construct(loader: Any, _: str, node: Any) -> Any:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)

    return construct
