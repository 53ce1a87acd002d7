"""Decodes every file of a folder again and again, bytes in memory to `pixel_array`, with the handlers that pydicom chooses.

Command line: folder, shortest round in ms. For each line read, one JSON line {passes: ms of each pass over all files}; first a line {name}.
Transfer syntaxes that pydicom has no handler for (HTJ2K): Pillow on the codestream.
"""
import io
import json
import sys
import time
from pathlib import Path

import numpy
import PIL
from PIL import Image
import pydicom
from pydicom.encaps import generate_pixel_data_frame

files = [path.read_bytes() for path in sorted(Path(sys.argv[1]).glob("[0-9]*.dcm"))]
least = float(sys.argv[2])


def by_pydicom(content):
    return pydicom.dcmread(io.BytesIO(content)).pixel_array


def by_pillow(content):
    data = pydicom.dcmread(io.BytesIO(content))
    values = numpy.array(Image.open(io.BytesIO(next(generate_pixel_data_frame(data.PixelData, 1)))))
    # Pillow scales to 16 bits; pydicom's own Pillow handler takes it back likewise.
    return values >> (data.BitsAllocated - data.BitsStored)


def choose():
    try:
        by_pydicom(files[0])
        return by_pydicom, f"pydicom {pydicom.__version__}"
    except NotImplementedError:
        by_pillow(files[0])
        return by_pillow, f"Pillow {PIL.__version__}, OpenJPEG"


try:
    decode, name = choose()
except Exception as error:
    print(json.dumps({"name": None, "reason": str(error)}), flush=True)
    sys.exit(0)
decoded = decode(files[0])
print(json.dumps({"name": name, "sum": int(decoded.astype(numpy.int64).sum()), "size": decoded.size}), flush=True)
for _ in sys.stdin:
    passes = []
    while not passes or sum(passes) < least:
        start = time.perf_counter()
        for content in files:
            decode(content)
        passes.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"passes": passes}), flush=True)
