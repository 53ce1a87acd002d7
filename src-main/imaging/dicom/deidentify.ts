/**
 * @file Rewrites a DICOM image with technical attributes only, so that no identity enters a project.
 *
 * An allow-list, not a block-list: what is not named here is gone, private and unknown attributes included. Values are
 * copied only if they look as their kind must (numbers, defined terms); identifiers become pseudonyms. In the sense of PS3.15
 * annex E this is stricter than the basic profile; options of its section E.3 keep more (retain.ts). It does not look at
 * the pixels: burned-in text stays until it is redacted. docs/privacy.md tells people what is removed and what is kept.
 */
import { createHash } from "node:crypto";
import type { DataSet } from "dicom-parser";
import { bytesPerSample, type InstanceReference } from "../../voxels/index.ts";
import type { AttributeCount, Deidentification } from "../deidentify-options.ts";
import { decimals, type Tag, text } from "./attributes.ts";
import type { DecodedPixels } from "./decoded-pixels.ts";
import { deidentificationMethod } from "./deidentification-method.ts";
import { lossyCompressionElements, lossyCompressionTags } from "./lossy-compression.ts";
import { modalities } from "./modalities.ts";
import type { ParsedDicom } from "./parse.ts";
import { patientPseudonym, replacedUid } from "./pseudonyms.ts";
import { countAttributes } from "./removed-attributes.ts";
import { overlayElements } from "./retain-overlays.ts";
import { type Retain, retention } from "./retain.ts";
import { cleanDescription } from "./technical-words.ts";
import { identityRescale, petUnits, rescaleTypes } from "./units.ts";
import { hasKnownFunction, voiLutElements } from "./voi.ts";
import { type ComputedBytes, writeDicom, type WrittenElement } from "./write.ts";

/** A set holds the terms that may pass. */
type AllowedKind = "decimal" | "uid" | "words" | ReadonlySet<string> | Readonly<Record<Tag, AllowedElement>>;
interface AllowedElement {
  vr: WrittenElement["vr"];
  /** An object is the table of a sequence's items. */
  kind: AllowedKind;
}

const decimal: AllowedElement = { vr: "DS", kind: "decimal" };
const integer: AllowedElement = { vr: "IS", kind: "decimal" };
const terms = (...known: string[]): AllowedElement => ({ vr: "CS", kind: new Set(known) });
const uid: AllowedElement = { vr: "UI", kind: "uid" };

const windowAttributes = {
  x00281050: decimal,
  x00281051: decimal,
  x00281055: { vr: "LO", kind: "words" }, // Window Center & Width Explanation: free text
  x00281056: terms("LINEAR", "LINEAR_EXACT", "SIGMOID"),
} as const;
const rescaleAttributes = {
  x00281052: decimal,
  x00281053: decimal,
  x00281054: { vr: "LO", kind: new Set(rescaleTypes.keys()) },
} as const;
/** Spacing on the detector or of scanned film, for images without Pixel Spacing. */
const detectorMeasures = { x00181114: decimal, x00181164: decimal, x00182010: decimal } as const;
const measures = { x00180050: decimal, x00180088: decimal, x00280030: decimal } as const;

/** Functional groups that say where a frame lies and what its values mean. PS3.3 C.7.6.16.2. */
const functionalGroups: AllowedElement = {
  vr: "SQ",
  kind: {
    x00209113: { vr: "SQ", kind: { x00200032: decimal } }, // Plane Position
    x00209116: { vr: "SQ", kind: { x00200037: decimal } }, // Plane Orientation
    x00289110: { vr: "SQ", kind: measures },
    x00289132: { vr: "SQ", kind: windowAttributes },
    x00289145: { vr: "SQ", kind: rescaleAttributes },
  },
};

/** The allow-list. The Image Pixel module is written anew from the decoded samples. */
const allowed: Readonly<Record<Tag, AllowedElement>> = {
  x00080060: { vr: "CS", kind: modalities },
  x0020000d: uid, // Study Instance UID
  x0020000e: uid, // Series Instance UID
  x00200013: integer, // Instance Number
  x00200032: decimal, // Image Position (Patient)
  x00200037: decimal, // Image Orientation (Patient)
  x00200052: uid, // Frame of Reference UID
  x0008001c: terms("YES", "NO"), // Synthetic Data
  x00280301: terms("YES", "NO"), // Burned In Annotation
  ...measures,
  ...detectorMeasures,
  ...windowAttributes,
  ...rescaleAttributes,
  x00541001: terms(...petUnits.keys()), // Units
  x52009229: functionalGroups,
  x52009230: functionalGroups,
};

const withoutRescale = Object.fromEntries(
  Object.entries(allowed).filter(([tag]) => !(tag in rescaleAttributes)),
) as typeof allowed;

const decimalForm = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;
const uidForm = /^[0-9.]{1,64}$/;
/** SOP classes of the standard; private ones tell the maker. */
const sopClassForm = /^1\.2\.840\.10008\.[0-9.]{1,50}$/;

/** A file without identity, and what was done to make it. */
export interface DeidentifiedDicom {
  bytes: Uint8Array<ArrayBuffer>;
  attributes: AttributeCount[];
}

/**
 * A Part 10 file, Explicit VR Little Endian, that decodes to the same frames. The same input gives the same bytes, images of
 * one series keep a common (new) series UID, and those of one patient a common pseudonym. `embeddedOverlays` are asked for when graphics
 * are to stay.
 */
export function deidentifyDicom(
  { dataSet, syntax }: Pick<ParsedDicom, "dataSet" | "syntax">,
  pixels: DecodedPixels,
  options: Deidentification,
  embeddedOverlays: () => WrittenElement[],
): DeidentifiedDicom {
  const replace = uidReplacement(options);
  const sopInstance = replace(text(dataSet, "x00080018") ?? "");
  const patient = patientKey(dataSet);
  const stored = storedPatient(dataSet, options);
  // Without Patient ID the study is what holds dates together.
  const retain = retention(options, patient ?? `study ${text(dataSet, "x0020000d") ?? ""}`, replace);
  // Samples with the modality LUT applied have no rescale any more.
  const table = pixels.hasModalityLut ? withoutRescale : allowed;
  // Secondary Capture stands in where the class is not told: it makes no claim about the device.
  const sopClass = standardSopClass(dataSet) ?? "1.2.840.10008.5.1.4.1.1.7";
  const own: WrittenElement[] = [
    { tag: 0x00080016, vr: "UI", value: sopClass },
    { tag: 0x00080018, vr: "UI", value: sopInstance },
    // Required by every image (PS3.3 C.7.1.1); empty where the file has no Patient ID.
    { tag: 0x00100010, vr: "PN", value: stored?.name ?? "" },
    { tag: 0x00100020, vr: "LO", value: stored?.id ?? "" },
    ...deidentificationMethod(options),
    ...(pixels.hasModalityLut ? identityRescale(dataSet) : []),
    ...voiLutElements(dataSet, pixels.isVoiSigned),
    ...(options.retainGraphics ? [...overlayElements(dataSet), ...embeddedOverlays()] : []),
    ...lossyCompressionElements({ dataSet, syntax }),
    ...pixelModule(pixels),
  ];
  const elements = withOthers(own, copyAllowed(dataSet, table, { replace, retain }));
  return {
    bytes: writeDicom({ sopClass, sopInstance }, elements),
    attributes: countAttributes(dataSet, elements, (tag) => technicalTags.has(tag)),
  };
}

/** Elements, and those of `others` whose tags are not among them. */
function withOthers(elements: readonly WrittenElement[], others: readonly WrittenElement[]): WrittenElement[] {
  const tags = new Set(elements.map(({ tag }) => tag));
  return [...elements, ...others.filter(({ tag }) => !tags.has(tag))];
}

/** The replacement that the options ask for. */
export function uidReplacement({ retainUids, secret }: Deidentification): (uid: string) => string {
  return (uid) => (retainUids && uidForm.test(uid) ? uid : replacedUid(secret, uid));
}

function standardSopClass(dataSet: DataSet): string | null {
  const value = text(dataSet, "x00080016");
  return value !== null && sopClassForm.test(value) ? value : null;
}

/** UIDs of the instance; `replace` gives what is stored in place of each. Those that are no UIDs are left out. */
export function instanceReference(dataSet: DataSet, replace: (uid: string) => string): InstanceReference {
  const replaced = (tag: Tag): string | null => {
    const value = text(dataSet, tag);
    return value === null ? null : replace(value);
  };
  return {
    studyUid: replaced("x0020000d"),
    seriesUid: replaced("x0020000e"),
    sopClassUid: standardSopClass(dataSet),
    sopInstanceUid: replaced("x00080018"),
    frameOfReferenceUid: replaced("x00200052"),
    number: decimals(dataSet, "x00200013")?.[0] ?? null,
  };
}

/** What the file calls its series, as `kept` leaves it; nothing where that is no word in plain letters. */
export function seriesDescription(
  dataSet: DataSet,
  kept: (value: string) => string,
): Pick<InstanceReference, "seriesDescription"> {
  const value = kept(text(dataSet, "x0008103e") ?? "").trim();
  // Other letters depend on Specific Character Set: none is better than garbled ones.
  return value !== "" && /^[\x20-\x7e]*$/.test(value) ? { seriesDescription: value } : {};
}

/** Patient's Name and Patient ID as `deidentifyDicom` writes them; null where the file has no Patient ID. */
export function storedPatient(dataSet: DataSet, { secret }: Deidentification): InstanceReference["patient"] {
  const key = patientKey(dataSet);
  if (key === null) return null;
  const pseudonym = patientPseudonym(secret, key);
  return { name: pseudonym, id: pseudonym, isPseudonym: true };
}

/** As the file has them: for projects that keep files as they are. */
export function originalPatient(dataSet: DataSet): InstanceReference["patient"] {
  const id = text(dataSet, "x00100020");
  if (id === null) return null;
  const name = text(dataSet, "x00100010") ?? "";
  // Other letters depend on Specific Character Set: no name is better than a garbled one.
  return { name: /^[\x20-\x7e]*$/.test(name) ? name : "", id, isPseudonym: false };
}

/** Same key for the same Patient ID (with its issuer); null when there is none. A pseudonym, not a secret. */
export function patientKey(dataSet: DataSet): string | null {
  const id = text(dataSet, "x00100020");
  if (id === null) return null;
  const issuer = text(dataSet, "x00100021") ?? "";
  return createHash("sha256").update(`aliquot patient\0${issuer}\0${id}`).digest("hex").slice(0, 32);
}

/** What one level of the data set holds of the table, and what the options retain beside it. */
function copyAllowed(
  dataSet: DataSet,
  table: Readonly<Record<Tag, AllowedElement>>,
  keep: { replace: (uid: string) => string; retain: Retain },
): WrittenElement[] {
  const technical = Object.entries(table).flatMap(([tag, element]): WrittenElement[] => {
    const source = dataSet.elements[tag];
    if (source === undefined) return [];
    // Without the name of its function a window would be taken for linear.
    if (tag in windowAttributes && !hasKnownFunction(dataSet)) return [];
    const { vr, kind } = element;
    const written = (value: WrittenElement["value"]): WrittenElement[] => [{ tag: Number(`0${tag}`), vr, value }];
    if (typeof kind === "object" && !isTerms(kind)) {
      // Items without any allowed content stay, empty: their position is the number of the frame.
      const items = (source.items ?? []).map((item) => (item.dataSet ? copyAllowed(item.dataSet, kind, keep) : []));
      return items.length === 0 ? [] : written(items);
    }
    const value = text(dataSet, tag as Tag);
    if (value === null) return [];
    if (kind === "uid") return written(keep.replace(value));
    if (kind === "words") {
      // As many as there are windows: what is not known stays as an empty one.
      const cleaned = value.split("\\").map(cleanDescription);
      return cleaned.some((words) => words !== "") ? written(cleaned.join("\\")) : [];
    }
    const isFit = (part: string): boolean => (kind === "decimal" ? decimalForm.test(part) : kind.has(part));
    const parts = value.split("\\").map((part) => part.trim());
    return parts.every(isFit) ? written(parts.join("\\")) : [];
  });
  return withOthers(technical, keep.retain(dataSet, table));
}

function isTerms(kind: AllowedKind): kind is ReadonlySet<string> {
  return kind instanceof Set;
}

/** All that the allow-list names, at any level, and the Image Pixel module. */
const technicalTags: ReadonlySet<string> = new Set([
  ...tagsOf(allowed),
  ...["x00080016", "x00080018", "x00280002", "x00280004", "x00280006", "x00280008", "x00280010", "x00280011"],
  ...["x00280100", "x00280101", "x00280102", "x00280103", "x7fe00008", "x7fe00009", "x7fe00010"],
  ...lossyCompressionTags,
]);

function tagsOf(table: Readonly<Record<Tag, AllowedElement>>): string[] {
  return Object.entries(table).flatMap(([tag, { kind }]) =>
    typeof kind === "object" && !isTerms(kind) ? [tag, ...tagsOf(kind)] : [tag],
  );
}

/** The Image Pixel module (PS3.3 C.7.6.3) for interleaved cells of whole bytes. */
function pixelModule(pixels: DecodedPixels): WrittenElement[] {
  const { width, height, channels, photometric, frameCount, sampleType, bitsStored } = pixels;
  const bytes = bytesPerSample(sampleType);
  const frameBytes = width * height * channels * bytes;
  const content: ComputedBytes = {
    length: frameCount * frameBytes,
    fill(target) {
      for (let index = 0; index < frameCount; index++) {
        const samples = pixels.samples(index);
        target.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), index * frameBytes);
      }
    },
  };
  const attribute = (tag: number, value: number): WrittenElement => ({ tag, vr: "US", value });
  const layout = [
    attribute(0x00280002, channels),
    { tag: 0x00280004, vr: "CS", value: photometric } as const,
    attribute(0x00280010, height),
    attribute(0x00280011, width),
    attribute(0x00280100, 8 * bytes),
  ];
  if (frameCount > 1) layout.push({ tag: 0x00280008, vr: "IS", value: String(frameCount) });
  if (channels === 3) layout.push(attribute(0x00280006, 0));
  if (sampleType === "float32") return [...layout, { tag: 0x7fe00008, vr: "OF", value: content }];
  return [
    ...layout,
    attribute(0x00280101, bitsStored),
    attribute(0x00280102, bitsStored - 1),
    attribute(0x00280103, sampleType.startsWith("int") ? 1 : 0),
    { tag: 0x7fe00010, vr: bytes === 1 ? "OB" : "OW", value: content },
  ];
}
