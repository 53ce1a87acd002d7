/**
 * @file PNG masks to label maps. Values that are not understood are refused, never guessed.
 */
import { Problem } from "../problem/index.ts";
import type { LabelMap } from "../voxels/index.ts";
import { identifyFormat, requireFormat } from "./identify.ts";
import { decodePng } from "./raster.ts";
import type { MaskRequest } from "./source.ts";
import { unsupportedFile } from "./trouble.ts";

/** Values listed in an error at most. */
const LISTED_VALUES = 8;

/**
 * Decodes a mask: a PNG that is gray, or color with equal channels, or in the colors of the classes on black, of the size of its image.
 *
 * With one class a mask of 0 and one other value (0/255, 0/1, …) is that class, whatever the value. With several classes,
 * and for masks of several values, every non-zero value must be a class value.
 * Throws `Problem`: "mask-mismatch" for another size or undefined values, else as for images.
 */
export async function decodeMask(bytes: Uint8Array, request: MaskRequest): Promise<LabelMap> {
  const { fileName, classes, expected } = request;
  if (identifyFormat(bytes) !== "png") {
    requireFormat(bytes, fileName);
    throw unsupportedFile(
      fileName,
      "A mask must be a PNG; other formats blur borders or hold images.",
      "Save the mask as 8-bit grayscale PNG and import that.",
    );
  }
  const { frame, header } = await decodePng(bytes, fileName);
  const { width, height } = frame;
  if (width !== expected.width || height !== expected.height) {
    throw new Problem({
      code: "mask-mismatch",
      title: `${fileName}: the mask does not fit its image.`,
      detail: `The mask has ${width} x ${height} pixels, the image ${expected.width} x ${expected.height}.`,
      hint: "Export the mask at the size of the image; check that the file names belong together.",
    });
  }
  const byColor = frame.channels === 3 ? valuesOfColors(frame.data, request) : null;
  if (byColor !== null) return { width, height, data: byColor };
  const values = grayValues(frame.data, frame.channels, fileName);
  const present = presentValues(values);
  const [onlyClass] = classes;
  if (classes.length === 1 && onlyClass !== undefined && present.length <= 1) {
    return { width, height, data: Uint8Array.from(values, (value) => (value === 0 ? 0 : onlyClass.value)) };
  }
  if (header.color === "palette" && !header.isIdentityPalette) {
    throw unsupportedFile(
      fileName,
      "It is a palette PNG, where it is not plain whether colors or indices name the classes.",
      "Save the mask as 8-bit grayscale PNG whose values are the class values.",
    );
  }
  const defined = new Set(classes.map(({ value }) => value));
  const undefinedValues = present.filter((value) => !defined.has(value));
  if (undefinedValues.length > 0) throw undefinedValuesProblem(fileName, undefinedValues, [...defined]);
  return { width, height, data: Uint8Array.from(values) };
}

/**
 * Class of every pixel of a picture in the colors of the classes, on black; null when any pixel has another color, or none has one:
 * then it is no such picture.
 */
function valuesOfColors(samples: ArrayLike<number>, { classes }: MaskRequest): Uint8Array | null {
  const valueOf = new Map([[0, 0]]);
  for (const { value, color } of classes) if (color) valueOf.set(Number.parseInt(color.slice(1), 16), value);
  const values = new Uint8Array(samples.length / 3);
  let isColored = false;
  for (let index = 0; index < values.length; index++) {
    const [red, green, blue] = [samples[3 * index]!, samples[3 * index + 1]!, samples[3 * index + 2]!];
    const value = valueOf.get(red * 65_536 + green * 256 + blue);
    if (value === undefined) return null;
    if (red !== green || red !== blue) isColored = true;
    values[index] = value;
  }
  return isColored ? values : null;
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
        "Save the mask as 8-bit grayscale PNG whose values are the class values.",
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

function undefinedValuesProblem(fileName: string, values: number[], defined: number[]): Problem {
  const more = values.length > LISTED_VALUES ? ` and ${values.length - LISTED_VALUES} more` : "";
  return new Problem({
    code: "mask-mismatch",
    title: `${fileName}: the mask has values that are no class.`,
    detail: `Undefined: ${values.slice(0, LISTED_VALUES).join(", ")}${more}; defined: 0 (background), ${defined.join(", ")}.`,
    hint: "Add the missing classes to the project, or save the mask with the values of its classes.",
  });
}
