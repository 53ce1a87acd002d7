/** @file What to know of the data before a student and a teacher learn from volumes. */
import { Problem, type Statement } from "../../problem/index.ts";
import type { TrainingFacts } from "../training-facts.ts";
import type { SettingValue } from "../settings.ts";

/** Distances of slices that differ by more are told of. */
const MIXED = 1.5;

/** Throws `Problem` where such data and settings could only fail. `needsUnlabelled`: the training learns from them. */
export function volumeRemarks(
  { volumes }: Pick<TrainingFacts, "volumes">,
  settings: Readonly<Record<string, SettingValue>>,
  needsUnlabelled: boolean,
): Statement[] {
  const { labelled, validated, unlabelled, leftOut, longest, apart, broken } = volumes;
  const [size, count, depth] = [Number(settings["size"]), Number(settings["slices"]), Number(settings["depth"])];
  const factor = 2 ** (depth - 1);
  if (count % factor !== 0 || size % factor !== 0) {
    throw new Problem({
      code: "bad-request",
      title: `A network of depth ${depth} cannot take patches of ${count} slices of ${size} × ${size} pixels.`,
      detail: `It halves each side ${depth - 1} times: sides must be multiples of ${factor}.`,
      hint: `Set slices to ${Math.ceil(count / factor) * factor}, or depth to less.`,
    });
  }
  if (settings["augmentation"] === "any") throw onlyOfImages();
  if (broken.length > 0) {
    throw new Problem({
      code: "unsupported-file",
      title: "A series of images is no volume.",
      detail: `It holds ${broken[0]!.name}. ${broken[0]!.reason}${broken.length > 1 ? ` So it is with ${broken.length} series.` : ""}`,
      hint: "Take its case out of the split, or train with dimensions 2.",
    });
  }
  const counted = [
    { what: "of the training split has masks on all of its slices", count: labelled },
    { what: "of the validation split has masks on all of its slices", count: validated },
    ...(needsUnlabelled ? [{ what: "to learn from is without masks", count: unlabelled }] : []),
  ];
  const missing = counted.find((one) => one.count === 0);
  if (missing !== undefined) {
    throw new Problem({
      code: "not-enough-data",
      title: `No series ${missing.what}.`,
      detail:
        `Training on volumes takes whole series of two slices or more: ${labelled} annotated to train, ${validated} to validate, ` +
        `${unlabelled} without masks; ${leftOut} images stand in none of them.`,
      hint: "Annotate all slices of a series, empty ones too, or import series and assign their cases; or train with dimensions 2.",
    });
  }
  const remarks: Statement[] = [];
  if (leftOut > 0) {
    remarks.push({
      text: "{count} images are left out: they are no slices of a series, or masks or slices are missing in theirs.",
      values: { count: leftOut },
    });
  }
  if (longest < count) {
    remarks.push({
      text: "The longest series has {longest} slices, a patch {slices}: the rest of it is empty. Fewer slices of a patch take less time.",
      values: { longest, slices: count },
    });
  }
  if (apart !== null && apart.most > MIXED * apart.least) {
    const inHundredths = (distance: number): number => Number(distance.toFixed(2));
    remarks.push({
      text: "Slices lie {least} mm apart in some series and {most} mm in others: they are learned as they are, so that a structure looks longer in some. Train on series of one protocol if the model disappoints.",
      values: { least: inHundredths(apart.least), most: inHundredths(apart.most) },
    });
  }
  if (labelled === 1) {
    remarks.push({
      text: "Only one series is annotated to train: pre-training is plain supervised training on it.",
      values: {},
    });
  }
  return remarks;
}

/** Augmentation that is there for single images alone. */
export function onlyOfImages(): Problem {
  return new Problem({
    code: "bad-request",
    title: 'Volumes cannot be varied by augmentation "any".',
    detail: "Any angle, scale and brightness are there for single images alone.",
    hint: "Choose flips, paper or none.",
  });
}
