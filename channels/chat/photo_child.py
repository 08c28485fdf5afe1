"""The child process that opens a stranger's picture: bytes on stdin, one JSON line and a clean JPEG on stdout.

It runs alone and isolated (no project code, no environment), with bounds on memory, time, files and processes set
before the first byte is looked at, so a hostile file can at worst end this process. Only JPEG, PNG and WebP are
tried, whatever the name says; the picture is turned upright, flattened onto white, scaled down to ``SIDE_MAX`` and
encoded again, so nothing of the original file is left: no metadata, no trailing bytes, no second meaning.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings

from PIL import Image, ImageFile, ImageOps

BYTES_MAX = 10 * 1024 * 1024
PIXELS_MAX = 50_000_000
SIDE_MAX = 2560
MEMORY_BYTES = 1024 * 1024 * 1024
CPU_S = 10
FORMATS = ("JPEG", "PNG", "WEBP")


class UnfitError(Exception):
    """The picture is refused; the argument is an error code of dasan.core.errors."""


def confine() -> None:
    """Give up what decoding does not need."""
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(what, (limit, limit))


def remake(body: bytes) -> tuple[bytes, int, int]:
    """A fresh JPEG of the picture, with its width and height. Raises UnfitError."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        picture: Image.Image = Image.open(io.BytesIO(body), formats=FORMATS)
        if picture.width * picture.height > PIXELS_MAX:
            raise UnfitError("image_too_big")
        picture.load()
        picture = _flat(ImageOps.exif_transpose(picture))
        picture.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=86, optimize=True)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise UnfitError("image_too_big") from None
    except UnfitError:
        raise
    except Exception:  # the edge: decoders raise almost anything for a broken file
        raise UnfitError("not_an_image") from None
    return out.getvalue(), picture.width, picture.height


def _flat(picture: Image.Image) -> Image.Image:
    """Without transparency, on white, and without anything that hangs on the picture object."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        flat = Image.new("RGB", rgba.size, "white")
        flat.paste(rgba, mask=rgba.getchannel("A"))
        return flat
    return Image.frombytes("RGB", picture.size, picture.convert("RGB").tobytes())


def main() -> None:
    """Read, remake, write; always one line, always exit status 0 unless killed."""
    Image.init()
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    confine()
    body = sys.stdin.buffer.read(BYTES_MAX + 1)
    out = sys.stdout.buffer
    try:
        if len(body) > BYTES_MAX:
            raise UnfitError("too_large")
        jpeg, width, height = remake(body)
    except UnfitError as unfit:
        out.write(json.dumps({"error": unfit.args[0]}).encode() + b"\n")
    else:
        out.write(json.dumps({"width": width, "height": height}).encode() + b"\n" + jpeg)
    out.flush()


if __name__ == "__main__":
    main()
