/**
 * @file Which metadata a PNG or JPEG carries beside its pixels, by name; all of it is left out of what is stored.
 */
import type { AttributeCount } from "./deidentify-options.ts";

/** Ancillary chunks that say something of people, places, times or devices. W3C PNG, section 11.3. */
const pngNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    tEXt: "PNG text",
    zTXt: "PNG text",
    iTXt: "PNG text (XMP among it)",
    eXIf: "Exif",
    tIME: "PNG time",
    iCCP: "color profile",
  }),
);
const pngPixels = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);

/** Counts the chunks that `readPng` leaves out, and bytes after the end. The file was checked before. */
export function pngMetadata(bytes: Uint8Array): AttributeCount[] {
  const counts = new Counts();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 8;
  while (offset + 12 <= bytes.length) {
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (!pngPixels.has(type)) counts.add(pngNames.get(type) ?? "other PNG chunks");
    offset += 12 + view.getUint32(offset);
    if (type === "IEND") break;
  }
  if (offset < bytes.length) counts.add("bytes after the end");
  return counts.list();
}

/** Starts of the content of application segments. Exif 2.3 4.5.4, XMP part 3 1.1.3, IPTC in Photoshop resources. */
const jpegContents: readonly [marker: number, start: string, name: string][] = [
  [0xe1, "Exif\0", "Exif"],
  [0xe1, "http://ns.adobe.com/", "XMP"],
  [0xe2, "ICC_PROFILE\0", "color profile"],
  [0xed, "Photoshop", "IPTC"],
];

/** Counts the segments that `readJpeg` leaves out, and bytes after the end. The file was checked before. */
export function jpegMetadata(bytes: Uint8Array): AttributeCount[] {
  const counts = new Counts();
  let offset = 2;
  while (offset + 4 <= bytes.length) {
    if (bytes[offset] !== 0xff) {
      offset++; // within a scan
      continue;
    }
    const marker = bytes[offset + 1]!;
    if (marker === 0xd9) break;
    // Fill bytes, stuffed bytes and restarts have no length. T.81 B.1.1.
    if (marker === 0xff) offset++;
    else if (marker === 0x00 || (marker >= 0xd0 && marker <= 0xd8)) offset += 2;
    else {
      if (marker === 0xfe) counts.add("JPEG comment");
      else if (marker >= 0xe1 && marker <= 0xef && marker !== 0xee) counts.add(segmentName(marker, bytes, offset + 4));
      offset += 2 + bytes[offset + 2]! * 256 + bytes[offset + 3]!;
    }
  }
  if (offset + 2 < bytes.length) counts.add("bytes after the end");
  return counts.list();
}

function segmentName(marker: number, bytes: Uint8Array, offset: number): string {
  const starts = (start: string): boolean =>
    [...start].every((letter, index) => bytes[offset + index] === letter.charCodeAt(0));
  return jpegContents.find(([of, start]) => of === marker && starts(start))?.[2] ?? "other JPEG segments";
}

class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  list(): AttributeCount[] {
    return [...this.#counts].map(([name, count]) => ({ name, action: "removed", count }));
  }
}
