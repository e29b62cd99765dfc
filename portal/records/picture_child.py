"""Makes a small picture of a picture; runs as a process of its own with limits, for files may be hostile.

It imports nothing of the portal. The bytes come in by a path, the new picture goes to stdout.
"""

import resource
import sys
import warnings

SIDE = 960
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def main(path: str, megabytes: str, seconds: str, megapixels: str) -> None:
    """Write the first frame as WebP of at most SIDE pixels a side: new pixels, nothing else of the file."""
    limit = int(megabytes) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 * 1024 * 1024, 16 * 1024 * 1024))
    from PIL import Image, ImageOps

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = int(megapixels) * 1_000_000
    with Image.open(path, formats=FORMATS) as image:
        if image.width * image.height > Image.MAX_IMAGE_PIXELS:
            raise SystemExit(3)
        image.draft("RGB", (SIDE, SIDE))
        small = ImageOps.exif_transpose(image)
        small.thumbnail((SIDE, SIDE))
        plain = small.convert("RGBA" if "A" in small.getbands() or "transparency" in small.info else "RGB")
        made = Image.new(plain.mode, plain.size)
        made.paste(plain)
    made.save(sys.stdout.buffer, "WEBP", quality=82, method=2)


if __name__ == "__main__":
    main(*sys.argv[1:])
