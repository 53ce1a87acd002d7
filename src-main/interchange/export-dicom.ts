/** @file Translated images as DICOM, with or without a mask: Secondary Capture that says what made it, and of which image. */
import type { ExportWarning } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { asTranslated, captureOf, referenceOf, syntheticBy } from "./dicom-captures.ts";
import type { ExportFile } from "./export-files.ts";
import type { ExportSet, SetFrame } from "./export-set.ts";

const NOTE =
  "Translated images as DICOM Secondary Capture, marked as derived and synthetic. What was translated from a DICOM image has its patient and study as the project keeps them, and refers to it; " +
  "others have UIDs of the project. Values are those of the model in 8 bits, no units of a scanner.";

/** Images that a model translated; `modelId`: this one alone. Throws `Problem` "not-enough-data" where there is none. */
export function translatedFrames(set: ExportSet, modelId?: number): SetFrame[] {
  const frames = set.frames.filter(({ metadata }) => {
    const translated = asTranslated(metadata.synthetic);
    return translated !== null && (modelId === undefined || translated.modelId === modelId);
  });
  if (frames.length > 0) return frames;
  throw new Problem({
    code: "not-enough-data",
    title: "There is no translated image to export.",
    detail:
      modelId === undefined
        ? `None of ${set.frames.length} images was made of an image of another modality.`
        : `Model ${modelId} made none of ${set.frames.length} images of an image of another modality.`,
    hint: "Translate images first (aliquot translate), or choose another split. Other images are exported with their masks, e.g. as dicom-seg.",
  });
}

/** `<image>.dcm` each, and a card. */
export function dicomFiles(set: ExportSet, frames: readonly SetFrame[], version: string): ExportFile[] {
  return [
    ...frames.map((frame) => ({
      name: `${frame.name}.dcm`,
      content: () => captureOf(set, frame, referenceOf(set, frame)!, version),
    })),
    { name: "README.md", content: () => Promise.resolve(new TextEncoder().encode(cardText(set, frames))) },
  ];
}

/** What to look at before they are given away: a translation shows the writing of its source, and refers to it. */
export function dicomWarnings({ project }: ExportSet, frames: readonly SetFrame[]): ExportWarning[] {
  const sources = frames.flatMap(({ row, metadata }) => {
    const translated = asTranslated(metadata.synthetic);
    return translated === null ? [] : { frameId: row.frameId, source: project.images.frame(translated.translatedFrom) };
  });
  const burnedIn = sources.filter(({ source }) => source.row.burnedIn === "likely");
  const kept = sources.filter(({ source }) => source.metadata.keepsUids === true);
  const count = (number: number): string => `${number} frame${number === 1 ? "" : "s"}`;
  const warnings: (ExportWarning | false)[] = [
    burnedIn.length > 0 && {
      title: `${count(burnedIn.length)} were made of images that may show writing, and nobody has looked.`,
      hint: "A translation may show it too: look before the pictures leave this computer.",
      frameId: burnedIn[0]!.frameId,
    },
    kept.length > 0 && {
      title: `${count(kept.length)} are of images that kept the UIDs of the hospital.`,
      hint: "The files refer to them, and they lead back to its archive.",
      frameId: null,
    },
  ];
  return warnings.filter((warning) => warning !== false);
}

function cardText({ project }: ExportSet, frames: readonly SetFrame[]): string {
  const cell = (text: string | number): string => String(text).replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
  const lines = frames.map((frame) => {
    const { name, row, metadata } = frame;
    const from = asTranslated(metadata.synthetic)?.translatedFrom;
    const source = from === undefined ? "" : project.images.frame(from).row.name;
    return `| ${[`${name}.dcm`, row.caseName, row.split ?? "not assigned", row.modality ?? "", source, syntheticBy(frame) ?? ""].map(cell).join(" | ")} |`;
  });
  return [
    "# Translated images",
    "",
    NOTE,
    "",
    `${frames.length} images of ${new Set(frames.map(({ row }) => row.caseId)).size} patients. None of them was acquired: they judge no model, and no patient.`,
    "",
    "| file | patient | split | shows | made of | by |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}
