/**
 * @file The dataset card: what an export holds, for those who get it. Markdown; the same set gives the same text.
 */
import type { BurnedInState } from "../api/contract.ts";
import { countValues } from "../voxels/index.ts";
import { breathe } from "./breathe.ts";
import type { ExportFile } from "./export-files.ts";
import type { AnnotatedFrame, ExportOrigin, ExportSet } from "./export-set.ts";
import { labelOrigins, type LabelOriginName, type ToldOrigin } from "./label-origins.ts";

export const CARD_NAME = "README.md";

const origins: Record<ExportOrigin, string> = {
  drawn: "drawn by hand",
  imported: "imported from other files",
  accepted: "proposed by a model, accepted unchanged by a person",
  edited: "proposed by a model, edited by a person",
  proposed: "proposed by a model, not reviewed by a person",
};

const labelOriginNames: Record<LabelOriginName, string> = {
  said: "said by a person",
  accepted: "proposed by a model, accepted by a person",
  "accepted unseen": "proposed by a model, accepted with others without a look",
  changed: "proposed by a model, changed by a person",
};

export interface CardNotes {
  /** What the format is, in a sentence or two. */
  format: string;
  /** Value of the first class in files that count classes without gaps; default: they hold the values of the project. */
  firstValue?: number;
  /** Sentences on what is not in the export. */
  leftOut?: readonly string[];
}

interface CardWork {
  signal?: AbortSignal | undefined;
  /** Masks counted, of how many. */
  onCounted?: ((done: number, total: number) => void) | undefined;
}

export function datasetCard(set: ExportSet, notes: CardNotes, work: CardWork = {}): ExportFile {
  return { name: CARD_NAME, content: async () => new TextEncoder().encode(await cardText(set, notes, work)) };
}

async function cardText(
  set: ExportSet,
  { format, firstValue, leftOut = [] }: CardNotes,
  { signal, onCounted }: CardWork,
): Promise<string> {
  const { project, annotated, classes } = set;
  const pixels = new Float64Array(256);
  const frames = new Uint32Array(256);
  for (const [index, frame] of annotated.entries()) {
    await breathe(signal);
    onCounted?.(index, annotated.length);
    countValues(set.labelMap(frame)).forEach((count, value) => {
      pixels[value]! += count;
      if (count > 0) frames[value]! += 1;
    });
  }
  const synthetic = annotated.filter(({ metadata }) => metadata.synthetic !== undefined);
  const named = new Map(set.frames.map(({ row, name }) => [row.frameId, name]));
  const casesOf = (chosen: readonly AnnotatedFrame[]): number => new Set(chosen.map(({ row }) => row.caseId)).size;
  const splits = Map.groupBy(annotated, ({ row }) => row.split ?? "not assigned");
  const byOrigin = Map.groupBy(annotated, ({ provenance }) => provenance.origin);
  const labels = labelsOf(set);
  const modelIds = new Set([
    ...labels.flatMap(({ modelId }) => modelId ?? []),
    ...annotated.flatMap(({ provenance }) => provenance.modelId ?? []),
    ...synthetic.flatMap(({ metadata }) => ("modelId" in metadata.synthetic! ? metadata.synthetic.modelId : [])),
  ]);
  const modalities = Map.groupBy(annotated, ({ row }) => row.modality ?? "not told");
  const dicom = annotated.filter(({ metadata }) => metadata.instance !== undefined);
  return [
    "# Dataset card",
    "",
    format,
    "",
    "## Counts",
    "",
    ...table(
      ["split", "cases", "annotated frames", "of them synthetic"],
      [
        ...[...splits].map(([split, members]) => [
          split,
          casesOf(members),
          members.length,
          members.filter(({ metadata }) => metadata.synthetic !== undefined).length,
        ]),
        ["all", casesOf(annotated), annotated.length, synthetic.length],
      ],
    ),
    "",
    `Modalities: ${[...modalities].map(([name, members]) => `${name} ${members.length}`).join(", ")}. Splits are by case (one patient).`,
    "",
    "## Classes",
    "",
    ...table(
      ["value", "name", "color", "frames with it", "pixels"],
      classes.map(({ value, name, color }, index) => [
        firstValue === undefined ? value : firstValue + index,
        name,
        color,
        frames[value]!,
        pixels[value]!,
      ]),
    ),
    "",
    `${firstValue === 0 ? "Background has no value" : "Value 0 is background"}; one pixel has one class.`,
    "",
    "## Origin of the masks",
    "",
    ...table(
      ["origin", "frames"],
      [...byOrigin].map(([origin, members]) => [origins[origin], members.length]),
    ),
    "",
    ...(labels.length === 0
      ? []
      : [
          "## Origin of the labels of whole images",
          "",
          ...table(
            ["origin", "labels"],
            [...Map.groupBy(labels, ({ name }) => name)].map(([name, members]) => [
              labelOriginNames[name],
              members.length,
            ]),
          ),
          "",
        ]),
    "## Models",
    "",
    ...(modelIds.size === 0
      ? ["No model took part."]
      : table(
          ["model", "name", "method", "trained", "validation Dice"],
          [...modelIds]
            .sort((a, b) => a - b)
            .map((modelId) => {
              const { name, method, createdAt, validationDice } = project.models.get(modelId);
              return [modelId, name, method, createdAt.slice(0, 10), validationDice?.toFixed(3) ?? ""];
            }),
        )),
    "",
    "## De-identification",
    "",
    "No header of a source file is part of this export; masks and pictures are written anew.",
    ...(dicom.length === 0 ? [] : [uidLine(dicom)]),
    "An export removes no writing from the pixels. Names of files and cases are those of the project.",
    ...writingLines(annotated),
    "",
    "## Not included",
    "",
    ...(leftOut.length === 0 && set.frames.length === annotated.length ? ["Nothing was left out."] : []),
    ...(set.frames.length > annotated.length
      ? [`${set.frames.length - annotated.length} frames of the chosen splits have no mask of the chosen kinds.`]
      : []),
    ...leftOut,
    "",
    // Last, for it may be long.
    "## Every mask",
    "",
    ...table(
      ["frame", "case", "split", "origin", "model", "picture"],
      annotated.map(({ name, row, provenance, metadata }) => [
        name,
        row.caseName,
        row.split ?? "not assigned",
        originOf(provenance, named),
        provenance.modelId ?? "",
        pictureOf(metadata.synthetic, named),
      ]),
    ),
    "",
  ].join("\n");
}

/** Where what is said of the images of the set came from, once for each image and label. */
function labelsOf({ project, frames }: ExportSet): ToldOrigin[] {
  const definitions = new Map(project.labelDefinitions.list().map((each) => [each.name, each]));
  const images = new Set(frames.map(({ row }) => row.imageId));
  const originOf = labelOrigins(project);
  return project.labels
    .list()
    .flatMap(({ imageId, name }) => (images.has(imageId) ? originOf(definitions.get(name)!, imageId) : []));
}

/** What is known of writing in the pixels, and how many frames nobody has looked at. */
function writingLines(annotated: readonly AnnotatedFrame[]): string[] {
  const count = (state: BurnedInState): number => annotated.filter(({ row }) => row.burnedIn === state).length;
  const likely = count("likely");
  return [
    "",
    ...table(
      ["writing in the pixels", "frames"],
      [
        ["likely, and nobody has looked", likely],
        ["none found, by a search that misses some", count("none-found")],
        ["not searched", count("not-searched")],
        ["a person looked, and there is none", count("clean")],
        ["redacted", count("redacted")],
      ],
    ),
    ...(likely > 0
      ? [
          "",
          `**${likely} frame${likely === 1 ? "" : "s"} may show names in the pixels: look before you give pictures away.**`,
        ]
      : []),
  ];
}

/** By what import recorded: a UID does not tell who made it. */
function uidLine(dicom: readonly AnnotatedFrame[]): string {
  const {
    kept = [],
    replaced = [],
    unknown = [],
  } = Object.groupBy(dicom, ({ metadata: { keepsUids } }) =>
    keepsUids === undefined ? "unknown" : keepsUids ? "kept" : "replaced",
  );
  const parts = [
    ...(replaced.length > 0 ? [`${replaced.length} were imported with replaced UIDs`] : []),
    ...(kept.length > 0 ? [`${kept.length} were imported with their original UIDs`] : []),
    ...(unknown.length > 0 ? [`of ${unknown.length} it is not recorded whether their UIDs were replaced`] : []),
  ];
  return `${dicom.length} frames come from DICOM files: ${parts.join("; ")}.`;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|").replaceAll(/\s+/g, " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

function originOf({ origin, carriedFrom }: AnnotatedFrame["provenance"], named: ReadonlyMap<number, string>): string {
  if (carriedFrom === undefined) return origin;
  return `${origin}, carried from ${named.get(carriedFrom.frameId) ?? "an image that is not exported"}`;
}

function pictureOf(synthetic: AnnotatedFrame["metadata"]["synthetic"], named: ReadonlyMap<number, string>): string {
  if (synthetic === undefined) return "from a file";
  if (!("modelId" in synthetic)) return "synthetic, as its file says";
  const { modelId, translatedFrom } = synthetic;
  if (translatedFrom === undefined) return `synthetic, model ${modelId}`;
  return `translated from ${named.get(translatedFrom) ?? "an image that is not exported"}, model ${modelId}`;
}
