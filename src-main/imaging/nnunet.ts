/**
 * @file nnU-Net's JSON: dataset.json of version 2 ("dataset_format.md" of its documentation) and of version 1, which is that of the Medical
 * Segmentation Decathlon; and splits_final.json.
 */
import { z } from "zod";
import type { FileClass, NnunetDescription, NnunetSplits } from "./labels.ts";
import { corruptFile, unsupportedFile } from "./trouble.ts";

const name = z.string().max(300);
const className = z.string().max(100);
const value = z.number().int().min(0).max(255);
const valueText = z.string().regex(/^(0|[1-9]\d{0,2})$/);

const version2 = z.object({
  channel_names: z.record(valueText, name),
  labels: z.record(className, z.union([value, z.array(z.number())])),
  file_ending: z.string().max(20),
  regions_class_order: z.array(z.number()).optional(),
  colors: z.record(z.string(), z.string()).optional(),
  cases: z.record(name, name).optional(),
});
/** Labels are the other way round: names by value. */
const version1 = z.object({ modality: z.record(valueText, name), labels: z.record(valueText, className) });
const splits = z.array(z.object({ train: z.array(name), val: z.array(name) })).min(1);

/** null for JSON that is not nnU-Net's. Throws `Problem` for what is but cannot be read. */
export function readNnunet(json: unknown, fileName: string): NnunetDescription | NnunetSplits | null {
  if (Array.isArray(json)) {
    const parsed = splits.safeParse(json);
    return parsed.success ? { kind: "nnunet-splits", folds: parsed.data } : null;
  }
  if (typeof json !== "object" || json === null || !("labels" in json)) return null;
  if ("file_ending" in json || "channel_names" in json) return readVersion2(json, fileName);
  return "modality" in json ? readVersion1(json, fileName) : null;
}

function readVersion2(json: object, fileName: string): NnunetDescription {
  const parsed = version2.safeParse(json);
  if (!parsed.success) throw notSound(fileName, parsed.error);
  // zod leaves this key out of records, and a label without its name would be taken for another class.
  if (Object.hasOwn((json as { labels: object }).labels, "__proto__")) {
    throw unsupportedFile(fileName, 'One of its labels is named "__proto__", which is not read.', "Rename that label.");
  }
  const { channel_names: channels, labels, colors = {}, cases = {} } = parsed.data;
  const single = Object.entries(labels).map(([label, given]) => {
    if (typeof given === "number") return { name: label, value: given };
    throw unsupportedFile(
      fileName,
      `The label "${label}" is a region of the values ${given.slice(0, 10).join(", ")}; regions overlap, and here a pixel has one class.`,
      "Give each value a label of its own in a copy of dataset.json, e.g. edema 1, core 2, enhancing 3.",
    );
  });
  const twice = single.find((one, index) => single.findIndex((other) => other.value === one.value) < index);
  if (twice !== undefined) throw corruptFile(fileName, `Two of its labels have the value ${twice.value}.`);
  const color = (label: string): string | null => {
    const given = Object.hasOwn(colors, label) ? colors[label]! : "";
    return /^#[0-9a-f]{6}$/i.test(given) ? given : null;
  };
  return {
    kind: "nnunet",
    channels: inOrder(channels),
    cases,
    classes: single
      .filter((each) => each.value > 0 && each.name !== "ignore")
      .map((each): FileClass => ({ ...each, color: color(each.name) })),
    ignore: single.find((each) => each.name === "ignore")?.value ?? null,
  };
}

function readVersion1(json: object, fileName: string): NnunetDescription {
  const parsed = version1.safeParse(json);
  if (!parsed.success) throw notSound(fileName, parsed.error);
  const { modality, labels } = parsed.data;
  const classes = Object.entries(labels).map(([key, label]) => ({ value: Number(key), name: label, color: null }));
  const large = classes.find((each) => each.value > 255);
  if (large !== undefined) {
    throw unsupportedFile(fileName, `It has the label value ${large.value}; at most 255 are read.`, "Renumber them.");
  }
  return {
    kind: "nnunet",
    channels: inOrder(modality),
    cases: {},
    classes: classes.filter((each) => each.value > 0),
    ignore: null,
  };
}

function inOrder(names: Record<string, string>): string[] {
  return Object.entries(names)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, each]) => each);
}

function notSound(fileName: string, { issues }: z.ZodError): Error {
  return corruptFile(
    fileName,
    `It is no dataset.json of nnU-Net: ${issues[0]!.path.join(".")}: ${issues[0]!.message}.`,
  );
}
