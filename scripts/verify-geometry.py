#!/usr/bin/python3
"""Checks exported geometry by readers that are not ours: nibabel for NIfTI, pydicom and numpy for DICOM SEG (Debian: python3-nibabel,
python3-pydicom). Run by hand:

    verify-geometry.py make DIR        writes one small CT series per orientation below DIR
    aliquot new P.aliquot --classes a; aliquot import P.aliquot DIR --masks DIR/masks; aliquot export P.aliquot --format nifti --out N
    verify-geometry.py check N S       compares world coordinates (mm) of every voxel that is set, by case

Every slice has one pixel more than the one before, at places that no symmetry maps onto each other.
"""
import json
import sys
from pathlib import Path

import numpy as np

SIZE, SLICES, SPACING = (7, 5), 4, (0.75, 1.25, 2.5)  # columns, rows; mm of columns, rows, slices
ORIGIN = np.array([-31.5, 12.25, 100.125])
ORIENTATIONS = {
    "axial": ((1, 0, 0), (0, 1, 0)),
    "axial-feet-up": ((-1, 0, 0), (0, 1, 0)),
    "coronal": ((1, 0, 0), (0, 0, -1)),
    "coronal-behind": ((-1, 0, 0), (0, 0, -1)),
    "sagittal": ((0, 1, 0), (0, 0, -1)),
    "sagittal-mirrored": ((0, -1, 0), (0, 0, 1)),
    "oblique": ((0.8, 0.6, 0), (-0.48, 0.64, -0.6)),
}


def drawn(slice_index):
    """Columns and rows that are set."""
    return [((2 * n + slice_index) % SIZE[0], (n * n + 2 * slice_index) % SIZE[1]) for n in range(slice_index + 1)]


def world(along, down, column, row, slice_index, tilt=0.0):
    """DICOM PS3.3 C.7.6.2.1.1, from the definition."""
    along, down = np.array(along, float), np.array(down, float)
    step = SPACING[2] * np.cross(along, down) + tilt * down
    return ORIGIN + column * SPACING[0] * along + row * SPACING[1] * down + slice_index * step


def series():
    yield from ((name, along, down, 0.0) for name, (along, down) in ORIENTATIONS.items())
    yield "gantry-tilt", (1, 0, 0), (0, 1, 0), 0.6


def make(folder):
    import pydicom
    from PIL import Image
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    (folder / "masks").mkdir(parents=True, exist_ok=True)
    for number, (name, along, down, tilt) in enumerate(series()):
        uid = generate_uid(entropy_srcs=[name])[:60]
        for index in range(SLICES):
            meta = FileMetaDataset()
            meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
            meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[name, str(index)])
            one = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
            one.is_little_endian, one.is_implicit_VR = True, False
            one.SOPClassUID, one.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
            one.StudyInstanceUID, one.SeriesInstanceUID, one.FrameOfReferenceUID = uid + ".1", uid + ".2", uid + ".3"
            one.Modality, one.PatientID, one.PatientName = "CT", name, name
            one.ImageOrientationPatient = [*map(float, (*along, *down))]
            one.ImagePositionPatient = [round(float(v), 6) for v in world(along, down, 0, 0, index, tilt)]
            one.PixelSpacing, one.SliceThickness = [SPACING[1], SPACING[0]], SPACING[2]
            one.Columns, one.Rows = SIZE
            one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
            one.BitsAllocated = one.BitsStored = 16
            one.HighBit, one.PixelRepresentation = 15, 0
            one.PixelData = np.full(SIZE[::-1], 100 * number + index, np.uint16).tobytes()
            stem = f"s{number}_{index}"
            one.save_as(folder / f"{stem}.dcm", write_like_original=False)
            mask = np.zeros(SIZE[::-1], np.uint8)
            for column, row in drawn(index):
                mask[row, column] = 255
            Image.fromarray(mask).save(folder / "masks" / f"{stem}.png")


def places_of_nifti(file):
    import nibabel

    image = nibabel.load(file)
    voxels = np.argwhere(np.asarray(image.dataobj) > 0)
    points = nibabel.affines.apply_affine(image.affine, voxels)
    return points * [-1, -1, 1]  # NIfTI's x and y point the other way


def places_of_seg(file):
    import pydicom

    one = pydicom.dcmread(file)
    shared = one.SharedFunctionalGroupsSequence[0]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float)
    rows, columns = np.array(shared.PixelMeasuresSequence[0].PixelSpacing, float)
    frames = one.pixel_array.reshape(-1, one.Rows, one.Columns)
    points = []
    for frame, groups in zip(frames, one.PerFrameFunctionalGroupsSequence):
        origin = np.array(groups.PlanePositionSequence[0].ImagePositionPatient, float)
        for row, column in np.argwhere(frame > 0):
            points.append(origin + column * columns * cosines[:3] + row * rows * cosines[3:])
    return np.array(points)


def check(nifti, seg):
    expected = {
        name: np.array([world(a, d, c, r, i, tilt) for i in range(SLICES) for c, r in sorted(set(drawn(i)))])
        for name, a, d, tilt in series()
    }
    in_order = lambda points: points[np.lexsort(np.round(points, 2).T)]
    report, isSame = [], True
    for kind, files, read in (
        ("NIfTI", sorted(nifti.glob("*.nii.gz")), places_of_nifti),
        ("DICOM SEG", sorted(seg.glob("*.dcm")), places_of_seg),
    ):
        left = dict(expected)
        for file in files:
            found = read(file)
            errors = {
                name: float(np.abs(in_order(found) - in_order(points)).max())
                for name, points in left.items()
                if points.shape == found.shape
            }
            name = min(errors, key=errors.get)
            left.pop(name)
            isSame &= errors[name] < 1e-3
            report.append({"kind": kind, "orientation": name, "voxels": len(found), "largest error, mm": errors[name]})
        isSame &= not left
    print(json.dumps(report, indent=1))
    return isSame


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]))
    elif not check(Path(sys.argv[2]), Path(sys.argv[3])):
        sys.exit("Some voxels lie elsewhere.")
