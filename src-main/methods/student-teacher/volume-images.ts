/** @file The volumes of a training with a teacher: random patches to learn from, whole volumes to validate on. */
import {
  createFrameCache,
  cutPatch,
  drawPatch,
  drawPlaneTurn,
  groupVolumes,
  type GridVolume,
  readVolume,
  readVolumeLabels,
  restoreSlices,
  slideOver,
  type SourceVolume,
  turnPlanes,
  type UnlabelledSource,
} from "../../dataset/index.ts";
import { Random } from "../../random/index.ts";
import type { StartRequest } from "../start-request.ts";
import { expectVolumeFits } from "../segmentation-model/volume-memory.ts";
import { expectTrainingRoles, type LabelledHalf, type TrainingImages } from "./images.ts";
import { placesOf, type SharedSettings } from "./settings.ts";
import { onlyOfImages } from "./volume-remarks.ts";

type Settings = Pick<SharedSettings, "dimensions" | "size" | "slices" | "sliceSide" | "intensities" | "augmentation">;

/** As Bai et al. 2023 (arXiv:2305.00673) crop and turn left atria. Throws where a frame has a role that training must not see. */
export function openVolumes(
  { cases, classes }: Pick<StartRequest, "cases" | "classes">,
  settings: Settings,
): TrainingImages {
  const { sliceSide: side, intensities: intensity, size: sideOfPatch, augmentation } = settings;
  expectTrainingRoles(cases.frames);
  const { volumes } = groupVolumes(cases.frames);
  const of = (wanted: SourceVolume["role"]) => volumes.filter(({ role }) => role === wanted);
  const [labelled, unlabelled, validated] = [of("train"), of("unlabelled"), of("validate")];
  if (labelled.length === 0) throw new Error("training: no volume with label maps on all slices to train.");
  if (augmentation === "any") throw onlyOfImages();
  const byId = new Map(volumes.map((volume) => [volume.id, volume]));
  const values = classes.map(({ value }) => value);
  const patch = placesOf(settings) as readonly [number, number, number];
  const voxels = patch[0] * patch[1] * patch[2];
  // The stream of unlabelled volumes has no way to a label: not by its type.
  const source: UnlabelledSource = cases;
  const read = ({ frameIds }: SourceVolume): Promise<GridVolume> =>
    readVolume(
      { count: frameIds.length, slice: (index) => source.frame(frameIds[index]!) },
      { side, intensity, onSize: (grid) => expectVolumeFits(grid, { planes: 0 }) },
    );
  const whole = createFrameCache((id: number) => read(byId.get(id)!), { bytesOf: (one) => one.values.byteLength });
  const labels = createFrameCache(
    async (id: number) => {
      const { frameIds } = byId.get(id)!;
      return readVolumeLabels(await whole(id), (index) => cases.labelMap(frameIds[index]!), values);
    },
    { bytesOf: (map) => map.byteLength },
  );

  /** Patches of image and label map cut and turned alike. */
  const half = async (
    chosen: readonly SourceVolume[],
    indices: readonly number[],
    key: readonly (string | number)[],
    labelsOf: ((id: number) => Promise<Uint8Array<ArrayBuffer>>) | null,
  ): Promise<LabelledHalf> => {
    const image = new Float32Array(indices.length * voxels);
    const labelMap = new Uint8Array(labelsOf === null ? 0 : image.length);
    for (const [place, index] of indices.entries()) {
      const { id } = chosen[index]!;
      const { size, values: intensities } = await whole(id);
      const start = drawPatch(size, patch, new Random(...key, place, "patch"));
      const turn = turnOf(augmentation, new Random(...key, place, "turn"));
      const copy = <Values extends Float32Array | Uint8Array>(from: Values, into: Values): void => {
        if (turn === null) return cutPatch(from, size, { start, patch, into });
        const straight = into.slice() as Values;
        cutPatch(from, size, { start, patch, into: straight });
        turnPlanes(straight, sideOfPatch, turn, into);
      };
      copy<Float32Array>(intensities, image.subarray(place * voxels, (place + 1) * voxels));
      if (labelsOf === null) continue;
      copy<Uint8Array>(await labelsOf(id), labelMap.subarray(place * voxels, (place + 1) * voxels));
    }
    return { image, labelMap };
  };
  return {
    labelled: labelled.length,
    unlabelled: unlabelled.length,
    learned: [...labelled, ...unlabelled].map(({ id }) => id),
    async plain(id) {
      const { size, values: intensities } = await whole(id);
      const into = new Float32Array(voxels);
      cutPatch(intensities, size, { start: drawPatch(size, patch, new Random(id, "plain")), patch, into });
      return into;
    },
    labelledHalf: (indices, key) => half(labelled, indices, key, labels),
    async unlabelledHalf(indices, key) {
      const { image } = await half(unlabelled, indices, key, null);
      return { image };
    },
    validationBatch: 1,
    judgesVolumes: true,
    async validate(probabilities, judge) {
      for (const volume of validated) {
        const grid = await read(volume); // not kept: patches to learn from are asked for more often
        const planes = 1 + values.length;
        expectVolumeFits(grid.size, { planes });
        const said = await slideOver(grid.values, grid.size, probabilities, { patch, planes });
        let index = 0;
        for (const { labelMap } of restoreSlices(said, grid, values)) await judge(volume.frameIds[index++]!, labelMap);
      }
    },
  };
}

function turnOf(augmentation: Exclude<Settings["augmentation"], "any">, random: Random) {
  if (augmentation === "none") return null;
  return drawPlaneTurn(augmentation === "paper" ? "always" : "flips", random);
}
