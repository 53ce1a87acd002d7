/** @file Slices of two modalities in a project: the brains made by numbers, an image a slice. */
import type { Split } from "../../src-main/api/contract.ts";
import { encodePng } from "../../src-main/imaging/index.ts";
import { type Project, sha256 } from "../../src-main/project/index.ts";
import { newPicture } from "../project/fixture.ts";
import { brainSlices } from "../experiments/brain-phantom.ts";

export const SIDE = 32;

/** Of a translation in seconds, beside the number of steps. */
export const SMALL_TRANSLATION = {
  size: SIDE,
  batchSize: 2,
  generatorWidth: 4,
  generatorBlocks: 1,
  discriminatorWidth: 4,
  discriminatorHalvings: 1,
  registrationWidth: 4,
  registrationLevels: 2,
  registrationBlocks: 1,
};

export const brainOf = (patient: number, side = SIDE): ReturnType<typeof brainSlices> => brainSlices(7, patient, side);

/** A slice of a patient; brighter than 255 · `gain` nothing is. */
export async function addSlice(
  project: Project,
  modality: "T1" | "T2",
  patient: number,
  split: Split | null,
  { side = SIDE, gain = 1 } = {},
): Promise<number> {
  const slices = brainOf(patient, side);
  const data = Uint8Array.from(modality === "T1" ? slices.t1 : slices.t2, (value) => Math.round(255 * gain * value));
  const sourceBytes = await encodePng(data, side, side, 1);
  const picture = newPicture(
    `patient${patient}`,
    sourceBytes,
    { width: side, height: side },
    {
      sourceSha256: sha256(Buffer.from(`${modality} ${patient} ${side} ${gain}`)),
      modality,
      caseName: `patient ${patient}`,
    },
  );
  return project.images.add(picture, { split }).frameIds[0]!;
}
