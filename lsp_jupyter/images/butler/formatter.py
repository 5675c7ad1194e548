"""How the Butler reads and writes FITS files without the Science Pipelines."""

from __future__ import annotations

from typing import Any, ClassVar

from lsst.daf.butler import FormatterV2

from lsp_jupyter.errors import NotFoundError, PipelinesNeededError
from lsp_jupyter.images.butler.exposure import ELSEWHERE, Exposure
from lsp_jupyter.images.butler.fits import ExposureFile
from lsp_jupyter.images.butler.planes import PARENT

__all__ = ["ExposureFormatter", "FitsTableFormatter"]


class ExposureFormatter(FormatterV2):
    """Reads an exposure, or only a part of it: a component, a box, or both."""

    can_read_from_local_file: ClassVar[bool] = True
    default_extension: ClassVar[str] = ".fits"
    supported_extensions: ClassVar[frozenset[str]] = frozenset({".fits", ".fits.gz", ".fits.fz"})

    def read_from_local_file(
        self,
        path: str,
        component: str | None = None,
        expected_size: int = -1,  # noqa: ARG002
    ) -> Any:
        """Read what is asked for.

        Parameters
        ----------
        path : `str`
            The file.
        component : `str`, optional
            One of those that the storage class declares.
        expected_size : `int`
            Not used.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if the file has no such component.
        lsp_jupyter.errors.ParameterError
            Raised if the box is not inside the image.
        lsp_jupyter.errors.PipelinesNeededError
            Raised if only the Science Pipelines have such a component.
        """
        if component is not None and component in ELSEWHERE:
            package = ".".join(ELSEWHERE[component].split(".")[:3])
            raise PipelinesNeededError(
                f'The component "{component}" is a {ELSEWHERE[component]}, '
                "which images of the demo survey do not have.",
                hint=f"It needs the package {package} of the LSST Science Pipelines.",
            )
        parameters = self.file_descriptor.parameters or {}
        with ExposureFile(path) as file:
            box = parameters.get("bbox")
            if box is not None:
                box = file.part(box, parameters.get("origin", PARENT))
            if component is None:
                return file.exposure(box)
            part = file.component(component, box)
        if part is None:
            raise NotFoundError(
                f'This image has no component "{component}".',
                hint="Raw images and calibrations have fewer than images of the sky.",
            )
        return part

    def write_local_file(self, in_memory_dataset: Exposure, uri: Any) -> None:
        """Write an exposure to a file.

        Parameters
        ----------
        in_memory_dataset : `Exposure`
            What to write.
        uri : `lsst.resources.ResourcePath`
            The file.
        """
        in_memory_dataset.writeFits(uri.ospath)


class FitsTableFormatter(FormatterV2):
    """Reads a table that is the first extension of a FITS file."""

    can_read_from_local_file: ClassVar[bool] = True
    default_extension: ClassVar[str] = ".fits"
    supported_extensions: ClassVar[frozenset[str]] = frozenset({".fits", ".fits.gz"})

    def read_from_local_file(
        self,
        path: str,
        component: str | None = None,  # noqa: ARG002
        expected_size: int = -1,  # noqa: ARG002
    ) -> Any:
        """Read the table.

        Parameters
        ----------
        path : `str`
            The file.
        component : `str`, optional
            Not used: a table has none.
        expected_size : `int`
            Not used.

        Returns
        -------
        table : `astropy.table.Table`
            Its keywords are in ``meta``.
        """
        from astropy.table import Table

        return Table.read(path, format="fits", hdu=1)
