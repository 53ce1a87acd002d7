/**
 * @file A volume as pictures: sliced along an anatomical axis and turned as radiologists look at it. Voxels are only reordered,
 * never resampled, so that what is drawn belongs to exact voxels.
 */
import { createSamples, type Frame, type FrameGeometry, type Point3, type Samples } from "../../voxels/index.ts";
import { axisVector, norm, type Triple, type Volume, type VoxelToPatient } from "./volume.ts";

const anatomicalPlanes = ["axial", "coronal", "sagittal"] as const;
type AnatomicalPlane = (typeof anatomicalPlanes)[number];

/**
 * Plane of the pictures: the slices follow each other along the axis closest to head, back or left; "stored": along the third axis
 * of the file, and nothing is turned.
 */
export const slicePlanes = [...anatomicalPlanes, "stored"] as const;
export type SlicePlane = (typeof slicePlanes)[number];

/** Patient axis (0 x to the left, 1 y to the back, 2 z to the head) and way along which something runs. */
interface Way {
  axis: number;
  sign: 1 | -1;
}

/**
 * [columns, rows, slices] of each plane: the patient's right on the left of the picture, or the front in sagittal ones; front or
 * head on top. Slices go along the normal of their pictures (columns x rows), as sorted DICOM series do.
 */
const conventions: Record<AnatomicalPlane, readonly [Way, Way, Way]> = {
  axial: [
    { axis: 0, sign: 1 },
    { axis: 1, sign: 1 },
    { axis: 2, sign: 1 },
  ],
  coronal: [
    { axis: 0, sign: 1 },
    { axis: 2, sign: -1 },
    { axis: 1, sign: 1 },
  ],
  sagittal: [
    { axis: 1, sign: 1 },
    { axis: 2, sign: -1 },
    { axis: 0, sign: -1 },
  ],
};

export interface VolumeSlices {
  frameCount: number;
  /** Slice `index`, counted from 0. */
  frame(index: number): Frame;
  /** The same slice as a volume of its own, one voxel thick, in the order of the picture; `samples` are those of `frame(index)`. */
  alone(index: number, samples?: Samples): Volume;
}

/**
 * Slices `volume` in `plane`; a volume of one slice is that one slice, whatever plane is asked for. Without orientation in the
 * file the third stored axis counts as the one to the head, and nothing is turned.
 */
export function sliceVolume(volume: Volume, plane: SlicePlane = "axial"): VolumeSlices {
  const { size, channels, sampleType, samples, toPatient, spacing } = volume;
  const ways = chooseWays(volume, plane);
  const [columns, rows, slices] = ways;
  const strides: Triple = [channels, channels * size[0], channels * size[0] * size[1]];
  const width = size[columns.axis]!;
  const height = size[rows.axis]!;
  const frameCount = size[slices.axis]!;
  const storedAxes = ways.map(({ axis, sign }) => sign * (axis + 1)) as Triple;

  const firstVoxel = (index: number): Triple => {
    const voxel: Triple = [0, 0, 0];
    for (const { axis, sign } of ways) voxel[axis] = sign === 1 ? 0 : size[axis]! - 1;
    voxel[slices.axis]! += slices.sign * index;
    return voxel;
  };

  const pixels = (index: number): Samples => {
    const start = firstVoxel(index).reduce((sum, position, axis) => sum + position * strides[axis]!, 0);
    const columnStride = columns.sign * strides[columns.axis]!;
    const rowStride = rows.sign * strides[rows.axis]!;
    const data = createSamples(sampleType, width * height * channels);
    if (columnStride === channels && rowStride === width * channels) {
      data.set(samples.subarray(start, start + data.length));
      return data;
    }
    let target = 0;
    for (let row = 0; row < height; row++) {
      let source = start + row * rowStride;
      if (channels === 1) {
        for (let column = 0; column < width; column++, source += columnStride) data[target++] = samples[source]!;
      } else {
        for (let column = 0; column < width; column++, source += columnStride) {
          data[target++] = samples[source]!;
          data[target++] = samples[source + 1]!;
          data[target++] = samples[source + 2]!;
        }
      }
    }
    return data;
  };

  const matrixOf = (index: number): VoxelToPatient | null => {
    if (toPatient === null) return null;
    const [along, down, through] = ways.map(({ axis, sign }) => scaled(axisVector(toPatient, axis), sign));
    const voxel = firstVoxel(index);
    return [0, 1, 2].map((world) => {
      const [x, y, z, offset] = toPatient[world]!;
      const origin = x * voxel[0] + y * voxel[1] + z * voxel[2] + offset;
      return [along![world], down![world], through![world], origin + 0];
    }) as unknown as VoxelToPatient;
  };

  const spacingOf = ({ axis }: Way): number | null => {
    if (toPatient !== null) return norm(axisVector(toPatient, axis));
    return spacing === null ? null : spacing[axis]!;
  };
  const [x, y, z] = ways.map(spacingOf) as [number | null, number | null, number | null];
  const { rescaleSlope, rescaleIntercept, window } = volume;
  const described = { channels, sampleType, rescaleSlope, rescaleIntercept, window } as const;

  return {
    frameCount,
    frame(index) {
      const matrix = matrixOf(index);
      return {
        ...described,
        width,
        height,
        data: pixels(index),
        photometric: channels === 3 ? "RGB" : "MONOCHROME2",
        spacing: x === null || y === null ? null : { x, y },
        ...(matrix === null ? {} : { geometry: geometryOf(matrix, storedAxes) }),
      };
    },
    alone: (index, slice = pixels(index)) => ({
      ...described,
      size: [width, height, 1],
      samples: slice,
      spacing: x === null || y === null || z === null ? null : [x, y, z],
      toPatient: matrixOf(index),
    }),
  };
}

/** Stored axes along which columns, rows and slices run. */
function chooseWays({ size, toPatient }: Volume, plane: SlicePlane): readonly [Way, Way, Way] {
  const single = size.indexOf(1);
  const isSingle = single !== -1 && size.lastIndexOf(1) === single;
  if (toPatient === null || plane === "stored") {
    const slices = isSingle ? single : plane === "stored" ? 2 : conventions[plane][2].axis;
    const [columns, rows] = [0, 1, 2].filter((axis) => axis !== slices);
    return [columns!, rows!, slices].map((axis) => ({ axis, sign: 1 as const })) as unknown as [Way, Way, Way];
  }
  const patientAxes = closestPatientAxes(toPatient);
  const chosen = isSingle ? anatomicalPlanes.find((one) => conventions[one][2].axis === patientAxes[single])! : plane;
  return conventions[chosen].map(({ axis: patientAxis, sign }) => {
    const axis = patientAxes.indexOf(patientAxis);
    const runs = toPatient[patientAxis]![axis]! < 0 ? -1 : 1;
    return { axis, sign: (sign * runs) as 1 | -1 };
  }) as unknown as [Way, Way, Way];
}

const permutations: readonly Triple[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/** The patient axis that each stored axis is closest to; all three together, so that no patient axis is taken twice. */
function closestPatientAxes(matrix: VoxelToPatient): Triple {
  const agreement = (patientAxes: Triple): number =>
    patientAxes.reduce((sum, patientAxis, axis) => {
      const vector = axisVector(matrix, axis);
      return sum + Math.abs(vector[patientAxis]!) / norm(vector);
    }, 0);
  return permutations.reduce((best, one) => (agreement(one) > agreement(best) ? one : best));
}

function geometryOf(matrix: VoxelToPatient, storedAxes: Triple): FrameGeometry {
  const [along, down, through] = [0, 1, 2].map((axis) => axisVector(matrix, axis)) as [Triple, Triple, Triple];
  return {
    origin: point([matrix[0][3], matrix[1][3], matrix[2][3]]),
    columnDirection: point(scaled(along, 1 / norm(along))),
    rowDirection: point(scaled(down, 1 / norm(down))),
    sliceStep: point(through),
    storedAxes,
  };
}

/** Without negative zeros, which JSON does not keep. */
function scaled([x, y, z]: Triple, factor: number): Triple {
  return [x * factor + 0, y * factor + 0, z * factor + 0];
}

function point([x, y, z]: Triple): Point3 {
  return { x, y, z };
}
