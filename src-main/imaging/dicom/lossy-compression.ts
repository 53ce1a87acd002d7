/**
 * @file Whether pixels were ever compressed with loss: once lossy, always lossy, also when they are stored uncompressed. PS3.3 C.7.6.1.1.5.
 */
import { type Tag, text } from "./attributes.ts";
import type { ParsedDicom } from "./parse.ts";
import type { WrittenElement } from "./write.ts";

/** Transfer syntaxes that lose something whatever the encoder does (PS3.5 A.4), and their method. */
const lossy: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10008.1.2.4.50", "ISO_10918_1"],
  ["1.2.840.10008.1.2.4.51", "ISO_10918_1"],
  ["1.2.840.10008.1.2.4.53", "ISO_10918_1"],
  ["1.2.840.10008.1.2.4.55", "ISO_10918_1"],
  ["1.2.840.10008.1.2.4.81", "ISO_14495_1"],
]);

const COMPRESSION: Tag = "x00282110";
const RATIO: Tag = "x00282112";
const METHOD: Tag = "x00282114";

/** Defined terms of (0028,2114). PS3.3 C.7.6.1.1.5.1. */
const methods = new Set([
  "ISO_10918_1",
  "ISO_14495_1",
  "ISO_15444_1",
  "ISO_15444_15",
  "ISO_18181_1",
  "ISO_13818_2",
  "ISO_14496_10",
  "ISO_23008_2",
]);
const ratioForm = /^\d{1,6}(\.\d{1,9})?$/;

export const lossyCompressionTags: readonly Tag[] = [COMPRESSION, RATIO, METHOD];

/** True where the transfer syntax is lossy and the header does not say so. */
export function concealsLoss({ dataSet, syntax }: Pick<ParsedDicom, "dataSet" | "syntax">): boolean {
  return lossy.has(syntax.uid) && text(dataSet, COMPRESSION) !== "01";
}

/**
 * (0028,2110), and the ratio and method of each compression where the header tells them in the standard's terms; the method also by the
 * transfer syntax.
 */
export function lossyCompressionElements(parsed: Pick<ParsedDicom, "dataSet" | "syntax">): WrittenElement[] {
  const { dataSet, syntax } = parsed;
  const said = text(dataSet, COMPRESSION);
  if (said !== "01" && !concealsLoss(parsed)) {
    return said === "00" ? [{ tag: 0x00282110, vr: "CS", value: "00" }] : [];
  }
  const parts = (tag: Tag, otherwise = ""): string[] =>
    (text(dataSet, tag) ?? otherwise).split("\\").map((part) => part.trim());
  const [ratios, names] = [parts(RATIO), parts(METHOD, lossy.get(syntax.uid))];
  return [
    { tag: 0x00282110, vr: "CS", value: "01" },
    ...(ratios.every((ratio) => ratioForm.test(ratio))
      ? [{ tag: 0x00282112, vr: "DS", value: ratios.join("\\") } as const]
      : []),
    ...(names.every((name) => methods.has(name))
      ? [{ tag: 0x00282114, vr: "CS", value: names.join("\\") } as const]
      : []),
  ];
}
