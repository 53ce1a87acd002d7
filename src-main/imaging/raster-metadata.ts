/**
 * @file What a PNG, JPEG or WebP carries beside its pixels, by names that a report can show.
 */
import type { AttributeCount } from "./deidentify-options.ts";

/** Bytes where only pixels belong, which make none. */
export const BESIDE_PIXELS = "bytes beside the pixels";

/** How often each kind of thing was left out of what is stored. */
export class AttributeCounts {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  list(): AttributeCount[] {
    return [...this.#counts].map(([name, count]) => ({ name, action: "removed", count }));
  }
}

/** Ancillary chunks that say something of people, places, times or devices. W3C PNG, section 11.3. */
const pngNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    tEXt: "PNG text",
    zTXt: "PNG text",
    iTXt: "PNG text (XMP among it)",
    eXIf: "Exif",
    tIME: "PNG time",
    iCCP: "color profile",
    PLTE: "PNG palette without use",
    tRNS: "PNG transparency without use",
  }),
);

export const nameOfPngChunk = (type: string): string => pngNames.get(type) ?? "other PNG chunks";

/** RFC 9649, section 2.7. */
const webpNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ICCP: "color profile",
    EXIF: "Exif",
    "XMP ": "XMP",
  }),
);

export const nameOfWebpChunk = (type: string): string => webpNames.get(type) ?? "other WebP chunks";

/**
 * Starts of the content of application segments. JFIF is T.871 10.1 and 10.2, Exif 2.3 4.5.4, XMP part 3 1.1.3; IPTC lies in Photoshop
 * resources.
 */
const jpegContents: readonly [marker: number, start: string, name: string][] = [
  [0xe0, "JFIF\0", "JFIF resolution and preview"],
  [0xe0, "JFXX\0", "JFIF resolution and preview"],
  [0xe1, "Exif\0", "Exif"],
  [0xe1, "http://ns.adobe.com/", "XMP"],
  [0xe2, "ICC_PROFILE\0", "color profile"],
  [0xed, "Photoshop", "IPTC"],
  [0xee, "Adobe", "Adobe's flags and what follows them"],
  [0xfe, "", "JPEG comment"],
];

export function nameOfJpegSegment(marker: number, content: Uint8Array): string {
  const starts = (start: string): boolean =>
    [...start].every((letter, index) => content[index] === letter.charCodeAt(0));
  return jpegContents.find(([of, start]) => of === marker && starts(start))?.[2] ?? "other JPEG segments";
}
