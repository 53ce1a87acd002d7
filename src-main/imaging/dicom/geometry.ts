/**
 * @file What belongs to a frame besides its samples: rescale, window, spacing; from the top level of the data set or from
 * the functional groups of multi-frame objects (PS3.3 C.7.6.16).
 */
import type { DataSet } from "dicom-parser";
import {
  cross,
  type DisplayWindow,
  dot,
  type FrameGeometry,
  type PixelSpacing,
  type WindowPreset,
} from "../../voxels/index.ts";
import { corruptFile } from "../trouble.ts";
import { decimals, firstItem, type Tag } from "./attributes.ts";
import { MODALITY_LUT_SEQUENCE, readUnit } from "./units.ts";
import { readWindows } from "./voi.ts";

export interface FrameTransforms {
  rescaleSlope: number;
  rescaleIntercept: number;
  window: DisplayWindow | null;
  windows?: WindowPreset[];
  unit?: string;
  spacing: PixelSpacing | null;
  geometry?: FrameGeometry;
}

const SHARED_GROUPS: Tag = "x52009229";
const PER_FRAME_GROUPS: Tag = "x52009230";
const PIXEL_MEASURES: Tag = "x00289110";
const PLANE_POSITION: Tag = "x00209113";
const PLANE_ORIENTATION: Tag = "x00209116";
const VOI: Tag = "x00289132";
const VALUE_TRANSFORMATION: Tag = "x00289145";

/** The transforms of frame `index`, counted from 0. Throws `Problem` on a rescale that would lose all values. */
export function frameTransforms(
  dataSet: DataSet,
  index: number,
  { hasModalityLut, isVoiSigned, fileName }: { hasModalityLut: boolean; isVoiSigned: boolean; fileName: string },
): FrameTransforms {
  /** Nearest place that describes this frame: its own group, the shared group, the top level. */
  const place = (macro: Tag): DataSet =>
    firstItem(dataSet.elements[PER_FRAME_GROUPS]?.items?.[index]?.dataSet ?? null, macro) ??
    firstItem(firstItem(dataSet, SHARED_GROUPS), macro) ??
    dataSet;

  // A modality LUT takes the place of the rescale, and is in the samples already. PS3.3 C.11.1.1.
  const values = (hasModalityLut ? firstItem(dataSet, MODALITY_LUT_SEQUENCE) : null) ?? place(VALUE_TRANSFORMATION);
  const slope = (hasModalityLut ? null : decimals(values, "x00281053")?.[0]) ?? 1;
  const intercept = (hasModalityLut ? null : decimals(values, "x00281052")?.[0]) ?? 0;
  if (slope === 0) throw corruptFile(fileName, "(0028,1053) 'Rescale Slope' is zero: all pixels would be equal.");

  const windows = readWindows(place(VOI), isVoiSigned);
  const isSaid = windows.length > 1 || windows[0]?.explanation !== undefined;
  return {
    rescaleSlope: slope,
    rescaleIntercept: intercept,
    window: windows[0] === undefined ? null : bare(windows[0]),
    ...(isSaid ? { windows } : {}),
    ...readUnit(dataSet, values),
    spacing: readSpacing(dataSet, place(PIXEL_MEASURES)),
    ...readPlane(place(PLANE_POSITION), place(PLANE_ORIENTATION), place(PIXEL_MEASURES)),
  };
}

function bare({ explanation: _, ...window }: WindowPreset): DisplayWindow {
  return window;
}

/**
 * Image Plane module or its functional groups, PS3.3 C.7.6.2; nothing unless position and orientation are sound. The step is
 * the spacing between slices where it is told, else the thickness.
 */
function readPlane(position: DataSet, orientation: DataSet, measures: DataSet): { geometry?: FrameGeometry } {
  const at = decimals(position, "x00200032");
  const cosines = decimals(orientation, "x00200037");
  if (at?.length !== 3 || cosines?.length !== 6) return {};
  const [x, y, z] = at as [number, number, number];
  // The standard's "row direction", the first three, is the one in which columns count up.
  const [alongX, alongY, alongZ, downX, downY, downZ] = cosines as [number, number, number, number, number, number];
  const columnDirection = { x: alongX, y: alongY, z: alongZ };
  const rowDirection = { x: downX, y: downY, z: downZ };
  // Many files round: what is no pair of perpendicular unit vectors within that is no orientation.
  const isUnit = [columnDirection, rowDirection].every((axis) => Math.abs(dot(axis, axis) - 1) < 1e-2);
  if (!isUnit || Math.abs(dot(columnDirection, rowDirection)) > 1e-2) return {};
  const step = decimals(measures, "x00180088")?.[0] ?? decimals(measures, "x00180050")?.[0] ?? 0;
  const normal = cross(columnDirection, rowDirection);
  return {
    geometry: {
      origin: { x, y, z },
      columnDirection,
      rowDirection,
      sliceStep: step > 0 ? { x: normal.x * step, y: normal.y * step, z: normal.z * step } : null,
    },
  };
}

/**
 * Pixel Spacing where it is told. Else the spacing on the detector (Imager Pixel Spacing), divided by the magnification where that is told,
 * or that of scanned film (Nominal Scanned Pixel Spacing): without a magnification lengths are those of the shadow. PS3.3 10.7.1.
 */
function readSpacing(dataSet: DataSet, measures: DataSet): PixelSpacing | null {
  const told = pairAt(measures, "x00280030");
  if (told !== null) return told;
  const magnification = decimals(dataSet, "x00181114")?.[0] ?? 1;
  const detector = pairAt(dataSet, "x00181164");
  if (detector === null || magnification <= 0) return pairAt(dataSet, "x00182010");
  return { x: detector.x / magnification, y: detector.y / magnification };
}

/** Between rows, then between columns. PS3.3 10.7.1.3. */
function pairAt(dataSet: DataSet, tag: Tag): PixelSpacing | null {
  const [y, x] = decimals(dataSet, tag) ?? [];
  return x !== undefined && y !== undefined && x > 0 && y > 0 ? { x, y } : null;
}
