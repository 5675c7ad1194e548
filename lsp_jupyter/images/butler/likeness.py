"""The likeness of our objects to those of Rubin's Science Pipelines, as far as it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from lsp_jupyter.errors import PipelinesNeededError

__all__ = ["Likeness"]

#: Getters that are spelt in another way than their property.
_SPELLING = {"bbox": "BBox", "xy0": "XY0"}


class Likeness:
    """An object whose properties can be read by getters too, such as ``psf`` by ``getPsf()``.

    What only the Science Pipelines can do is refused with the name of the package that can.
    """

    __slots__ = ()

    #: The class that it resembles.
    _like: ClassVar[str]

    #: Its members that need another package, by name in small letters and without ``get``.
    _elsewhere: ClassVar[Mapping[str, str]] = {}

    def __getattr__(self, name: str) -> Any:
        kind = type(self)
        if name.startswith("_"):
            raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
        if name in self._getters():
            return self._getter(name)
        plain = name.removeprefix("get").removeprefix("set").removeprefix("has").lower()
        package = self._elsewhere.get(plain, self._like)
        raise PipelinesNeededError(
            f'"{name}" is not known to {kind.__name__} objects of lsp_jupyter.',
            hint=(
                f"If Rubin's {package} has it, it needs the package "
                f"{'.'.join(package.split('.')[:3])} of the LSST Science Pipelines, "
                "which is not used here. See dir() for what there is."
            ),
        )

    def __dir__(self) -> list[str]:
        """What completion offers."""
        return sorted({*super().__dir__(), *self._getters()})

    @classmethod
    def _getters(cls) -> dict[str, str]:
        """The property that each getter reads."""
        return {
            "get" + _SPELLING.get(name, name[:1].upper() + name[1:]): name
            for base in cls.__mro__
            for name, member in vars(base).items()
            if not name.startswith("_") and (isinstance(member, property) or _is_slot(member))
        }

    def _getter(self, name: str) -> Callable[[], Any]:
        attribute = self._getters()[name]

        def getter() -> Any:
            return getattr(self, attribute)

        return getter


def _is_slot(member: object) -> bool:
    return type(member).__name__ == "member_descriptor"
