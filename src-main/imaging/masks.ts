/**
 * @file PNG masks to label maps. Values that are not understood are refused, never guessed; how they were understood is told.
 */
import { Problem } from "../problem/index.ts";
import type { LabelMap } from "../voxels/index.ts";
import { identifyFormat, requireFormat } from "./identify.ts";
import { type PngHeader, readPng } from "./png.ts";
import { readPngIndices } from "./png-indices.ts";
import { decodePng } from "./raster.ts";
import type { MaskRequest } from "./source.ts";
import { transparentMask, unsupportedFile } from "./trouble.ts";

/** Values listed in an error at most. */
const LISTED_VALUES = 8;

/**
 * What the pixels of a mask were taken for: "binary", nothing and the only class; "values", gray values that are class values; "indices",
 * palette indices that are class values; "colors", the colors of the classes.
 */
export type MaskReading = "binary" | "values" | "indices" | "colors";

export interface ReadMask extends LabelMap {
  reading: MaskReading;
}

/** Classes of pixels and what they were taken for; null: the pixels are nothing of the kind. */
type Understood = { data: Uint8Array; reading: MaskReading } | null;

/**
 * Decodes a mask: a PNG of the size of its image.
 *
 * Gray, or color with equal channels: with one class a mask of 0 and one other value (0/255, 0/1, …) is that class, whatever the
 * value. With several classes, and for masks of several values, every non-zero value must be a class value.
 * Color: exactly the colors of the classes on black.
 * Palette: its colors if they are exactly those of the classes on black; else its indices (as Pascal VOC and its kin write masks) or its gray
 * values, whichever are class values. Where both are and differ, neither is believed.
 * Throws `Problem`: "mask-mismatch" for another size or undefined values, else as for images.
 */
export async function decodeMask(bytes: Uint8Array, request: MaskRequest): Promise<ReadMask> {
  const { fileName, expected } = request;
  if (identifyFormat(bytes) !== "png") {
    requireFormat(bytes, fileName);
    throw unsupportedFile(
      fileName,
      "A mask must be a PNG; other formats blur borders or hold images.",
      "Save the mask as 8-bit grayscale PNG and import that.",
    );
  }
  const { header, compressed } = readPng(bytes, fileName);
  const { width, height } = header;
  if (width !== expected.width || height !== expected.height) {
    throw new Problem({
      code: "mask-mismatch",
      title: `${fileName}: the mask does not fit its image.`,
      detail: `The mask has ${width} x ${height} pixels, the image ${expected.width} x ${expected.height}.`,
      hint: "Export the mask at the size of the image; check that the file names belong together.",
    });
  }
  const size = { width, height };
  if (header.palette !== null) return { ...size, ...byPalette(header, header.palette, compressed, request) };
  const { frame, isOnBlack } = await decodePng(bytes, fileName);
  if (isOnBlack) throw transparentMask(fileName);
  const colored = frame.channels === 3 ? byColors(frame.data, request) : null;
  if (colored !== null) return { ...size, ...colored };
  const values = grayValues(frame.data, frame.channels, fileName);
  const understood = byValues(values, "values", request);
  if (understood === null) throw undefinedValues(request, "values", presentValues(values));
  return { ...size, ...understood };
}

function byPalette(
  header: PngHeader,
  palette: Uint8Array,
  compressed: Uint8Array,
  request: MaskRequest,
): NonNullable<Understood> {
  const { fileName } = request;
  const indices = readPngIndices(header, compressed, fileName);
  if (presentValues(indices).some((index) => 3 * index + 2 >= palette.length)) {
    throw unsupportedFile(
      fileName,
      `Its palette has ${palette.length / 3} colors, and it uses others.`,
      "Save the mask as 8-bit grayscale PNG whose values are the class values.",
    );
  }
  const colors = new Uint8Array(3 * indices.length);
  indices.forEach((index, pixel) => colors.set(palette.subarray(3 * index, 3 * index + 3), 3 * pixel));
  const colored = byColors(colors, request);
  if (colored !== null) return colored;
  const indexed = byValues(indices, "indices", request);
  const gray = header.isGrayPalette
    ? byValues(
        indices.map((index) => palette[3 * index]!),
        "values",
        request,
      )
    : null;
  if (indexed !== null && gray !== null && Buffer.compare(indexed.data, gray.data) !== 0) {
    throw unsupportedFile(
      fileName,
      "It is a palette PNG whose indices and whose gray values both name classes, and not the same ones.",
      "Save the mask as 8-bit grayscale PNG whose values are the class values.",
    );
  }
  const understood = gray ?? indexed;
  if (understood === null) throw undefinedValues(request, "palette indices", presentValues(indices));
  return understood;
}

/** With one class and one value beside 0: that class. Else all values must be classes. */
function byValues(values: ArrayLike<number>, reading: MaskReading, { classes }: MaskRequest): Understood {
  const present = presentValues(values);
  const known = new Set(classes.map(({ value }) => value));
  const [only] = known;
  if (known.size === 1 && only !== undefined && present.length <= 1) {
    return { data: Uint8Array.from(values, (value) => (value === 0 ? 0 : only)), reading: "binary" };
  }
  return present.every((value) => known.has(value)) ? { data: Uint8Array.from(values), reading } : null;
}

/**
 * Class of every pixel of a picture in the colors of the classes, on black; null when any pixel has another color, or none has one:
 * then it is no such picture.
 */
function byColors(samples: ArrayLike<number>, { classes }: MaskRequest): Understood {
  const valueOf = new Map([[0, 0]]);
  for (const { value, color } of classes) if (color) valueOf.set(Number.parseInt(color.slice(1), 16), value);
  const data = new Uint8Array(samples.length / 3);
  let isColored = false;
  for (let index = 0; index < data.length; index++) {
    const [red, green, blue] = [samples[3 * index]!, samples[3 * index + 1]!, samples[3 * index + 2]!];
    const value = valueOf.get(red * 65_536 + green * 256 + blue);
    if (value === undefined) return null;
    if (red !== green || red !== blue) isColored = true;
    data[index] = value;
  }
  return isColored ? { data, reading: "colors" } : null;
}

function grayValues(samples: ArrayLike<number>, channels: 1 | 3, fileName: string): ArrayLike<number> {
  if (channels === 1) return samples;
  const values = new Uint16Array(samples.length / 3);
  for (let index = 0; index < values.length; index++) {
    const value = samples[3 * index]!;
    if (samples[3 * index + 1] !== value || samples[3 * index + 2] !== value) {
      throw unsupportedFile(
        fileName,
        "The mask is colored; which color means which class is not known.",
        "Give the classes the colors of the mask, or name its colors (--mask-colors), or save it as 8-bit grayscale PNG " +
          "whose values are the class values.",
      );
    }
    values[index] = value;
  }
  return values;
}

/** Distinct non-zero values, ascending. */
function presentValues(values: ArrayLike<number>): number[] {
  const isPresent = new Uint8Array(65_536);
  for (let index = 0; index < values.length; index++) isPresent[values[index]!] = 1;
  const present: number[] = [];
  for (let value = 1; value < isPresent.length; value++) if (isPresent[value]) present.push(value);
  return present;
}

function undefinedValues({ fileName, classes }: MaskRequest, what: string, present: readonly number[]): Problem {
  const defined = [...new Set(classes.map(({ value }) => value))].filter((value) => value !== 0);
  const values = present.filter((value) => !defined.includes(value));
  const more = values.length > LISTED_VALUES ? ` and ${values.length - LISTED_VALUES} more` : "";
  return new Problem({
    code: "mask-mismatch",
    title: `${fileName}: the mask has ${what} that are no class.`,
    detail: `Undefined: ${values.slice(0, LISTED_VALUES).join(", ")}${more}; defined: 0 (background), ${defined.join(", ")}.`,
    hint: "Add the missing classes to the project, or save the mask with the values of its classes.",
  });
}
