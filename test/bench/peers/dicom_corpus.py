"""Files for the decode benchmark, by pydicom: slices like those of CT, gray and colored pictures, all 512 x 512, fixed seed.

    dicom_corpus.py slices FOLDER COUNT      FOLDER/{ct,gray,rgb}/{00…,all}.dcm, Explicit VR Little Endian; all.dcm holds the frames of all
    dicom_corpus.py cells FILE…              Pixel Data of each FILE into FILE.raw
    dicom_corpus.py wrap UID BASE… OUT…      as many BASE as OUT: OUT is BASE with the codestream OUT.j2c as its pixels
"""
import sys
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom._uid_dict import UID_dictionary
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, SecondaryCaptureImageStorage, UID

SIZE = 512
MULTIFRAME = "1.2.840.10008.5.1.4.1.1.7.2"


def smooth(random, scale):
    """Noise whose grains are some pixels large, as reconstruction filters leave it."""
    noise = random.standard_normal((SIZE, SIZE))
    for axis in (0, 1):
        noise = (np.roll(noise, 1, axis) + 2 * noise + np.roll(noise, -1, axis)) / 4
    return scale * noise / noise.std()


def ellipse(x, y, center, radii):
    return ((x - center[0]) / radii[0]) ** 2 + ((y - center[1]) / radii[1]) ** 2 <= 1


def slice_of(index):
    """A body with lungs, spine and vessels: values of CT + 1024, 12 bits; the air around it is noisy too."""
    random = np.random.RandomState(1000 + index)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)
    drift = 10 * np.sin(index / 3)
    values = np.full((SIZE, SIZE), 24.0)
    values[ellipse(x, y, (256, 262), (215, 158 + drift))] = 930
    values[ellipse(x, y, (256, 262), (200, 144 + drift))] = 1064
    for side in (-1, 1):
        values[ellipse(x, y, (256 + 92 * side, 246), (70, 92 - drift))] = 160
    values[ellipse(x, y, (256, 356), (34, 28))] = 1420
    values[ellipse(x, y, (256, 356), (27, 21))] = 1230
    for _ in range(60):
        center = random.uniform(140, 372, 2)
        radius = random.uniform(1.5, 9)
        values[ellipse(x, y, center, (radius, radius))] += random.uniform(40, 260)
    inside = ellipse(x, y, (256, 262), (215, 158 + drift))
    values += np.where(inside, smooth(random, 16), smooth(random, 5))
    return np.clip(np.round(values), 0, 4095).astype("<u2")


def gray_of(index):
    """The same under a soft tissue window, 8 bits."""
    return np.clip((slice_of(index).astype(np.float64) - 864) * 255 / 400, 0, 255).astype(np.uint8)


def color_of(index):
    """Like a photograph of skin: smooth shades, a spot, grain."""
    random = np.random.RandomState(2000 + index)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)
    shade = 20 * np.sin(x / 90 + index) * np.cos(y / 70)
    spot = np.exp(-(((x - 256) / 80) ** 2 + ((y - 250) / 60) ** 2) ** 2)
    planes = [base + shade - depth * spot + smooth(random, 4) for base, depth in ((205, 110), (160, 95), (140, 70))]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def write(path, frames):
    first = frames[0]
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    is_ct = first.dtype.itemsize == 2
    storage = MULTIFRAME if len(frames) > 1 else CTImageStorage if is_ct else SecondaryCaptureImageStorage
    meta.MediaStorageSOPClassUID = storage
    meta.MediaStorageSOPInstanceUID = UID(f"1.2.826.0.1.3680043.10.1{sum(map(ord, str(path.name)))}.{len(frames)}")
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.is_little_endian, data.is_implicit_VR = True, False
    data.SOPClassUID, data.SOPInstanceUID = storage, meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.826.0.1.3680043.10.2", "1.2.826.0.1.3680043.10.3"
    data.Modality, data.PatientName, data.PatientID = "CT" if is_ct else "OT", "Bench^Phantom", "bench"
    data.PatientBirthDate, data.PatientSex, data.StudyDate, data.StudyTime = "", "", "20260101", "120000"
    data.StudyID, data.SeriesNumber, data.InstanceNumber, data.AccessionNumber = "1", 1, 1, ""
    data.ReferringPhysicianName, data.Manufacturer = "", "bench"
    if is_ct:
        data.ImagePositionPatient, data.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
        data.PixelSpacing, data.SliceThickness = [0.7, 0.7], 1
        data.RescaleSlope, data.RescaleIntercept = 1, -1024
        data.WindowCenter, data.WindowWidth = 40, 400
    data.Rows, data.Columns = first.shape[:2]
    data.SamplesPerPixel = 3 if first.ndim == 3 else 1
    data.PhotometricInterpretation = "RGB" if first.ndim == 3 else "MONOCHROME2"
    if first.ndim == 3:
        data.PlanarConfiguration = 0
    data.BitsAllocated = 8 * first.dtype.itemsize
    data.BitsStored = 12 if is_ct else 8
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = 0
    if len(frames) > 1:
        data.NumberOfFrames = len(frames)
    data.PixelData = b"".join(frame.tobytes() for frame in frames)
    data["PixelData"].VR = "OW" if is_ct else "OB"
    data.save_as(path, write_like_original=False)


def write_slices(folder, count):
    for kind, make in (("ct", slice_of), ("gray", gray_of), ("rgb", color_of)):
        place = Path(folder) / kind
        place.mkdir(parents=True)
        frames = [make(index) for index in range(count)]
        for index, frame in enumerate(frames):
            write(place / f"{index:02}.dcm", [frame])
        write(place / "all.dcm", frames)
        write(place / "tiny.dcm", [np.ascontiguousarray(frames[0][:8, :8])])


def wrap(uid, paths):
    # Younger than some versions of pydicom.
    UID_dictionary.setdefault(uid, ("High-Throughput JPEG 2000", "Transfer Syntax", "", "", "HTJ2K"))
    half = len(paths) // 2
    for base, out in zip(paths[:half], paths[half:]):
        data = dcmread(base)
        data.file_meta.TransferSyntaxUID = uid
        data.PixelData = encapsulate([Path(f"{out}.j2c").read_bytes()])
        data["PixelData"].VR, data["PixelData"].is_undefined_length = "OB", True
        data.save_as(out)


if __name__ == "__main__":
    task, *rest = sys.argv[1:]
    if task == "slices":
        write_slices(rest[0], int(rest[1]))
    elif task == "cells":
        for path in rest:
            Path(f"{path}.raw").write_bytes(dcmread(path).PixelData)
    elif task == "wrap":
        wrap(rest[0], rest[1:])
