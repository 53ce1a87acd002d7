/**
 * @file Where a frame lies in the patient, so that what is drawn on it can be given back at the same place.
 */

/** A point or a direction in patient coordinates, or a voxel index. */
export interface Point3 {
  x: number;
  y: number;
  z: number;
}

/**
 * Patient coordinates as in DICOM (PS3.3 C.7.6.2.1.1): x grows to the left hand, y to the back, z to the head (LPS), mm.
 * NIfTI counts x to the right and y to the front: negate both. The pixel at column i, row j has its center at
 * `origin + i * spacing.x * columnDirection + j * spacing.y * rowDirection`, with the frame's own spacing.
 */
export interface FrameGeometry {
  /** Center of the pixel at column 0, row 0. */
  origin: Point3;
  /** Unit vector along which the column index grows. */
  columnDirection: Point3;
  /** Unit vector along which the row index grows. */
  rowDirection: Point3;
  /** From this slice to the next one of the volume, mm; null for a picture that is no slice of one, or when not known. */
  sliceStep: Point3 | null;
  /**
   * For slices of a volume file: which axis (1, 2, 3) of its stored array the columns, rows and slices run along; negative =
   * backwards. With it a mask goes back into an array of the file's own layout.
   */
  storedAxes?: [number, number, number];
}

/** Patient coordinates of the pixel center at (possibly fractional) `column`, `row`. */
export function pixelToPatient(
  { origin, columnDirection, rowDirection }: FrameGeometry,
  spacing: { x: number; y: number },
  { column, row }: { column: number; row: number },
): Point3 {
  const along = column * spacing.x;
  const down = row * spacing.y;
  return {
    x: origin.x + along * columnDirection.x + down * rowDirection.x,
    y: origin.y + along * columnDirection.y + down * rowDirection.y,
    z: origin.z + along * columnDirection.z + down * rowDirection.z,
  };
}
