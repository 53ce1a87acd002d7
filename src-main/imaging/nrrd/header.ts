/**
 * @file The header of a NRRD file, checked: http://teem.sourceforge.net/nrrd/format.html. Only what makes voxels and geometry is
 * read; key/value pairs, comments and contents may name people and are not looked at.
 */
import { corruptFile, unsupportedFile } from "../trouble.ts";
import { checkMatrix, norm, type Triple, type VoxelToPatient } from "../volume/volume.ts";
import { type StoredType, storedBytes } from "../volume/voxel-samples.ts";

export interface NrrdHeader {
  size: Triple;
  channels: 1 | 3 | 4;
  type: StoredType;
  encoding: "raw" | "gzip" | "ascii";
  isBigEndian: boolean;
  /** Where the data start in the file, after skipped lines. */
  offset: number;
  /** Bytes to skip before the voxels, after unpacking; "to-end": raw voxels are the last bytes of the file. */
  byteSkip: number | "to-end";
  spacing: Triple | null;
  toPatient: VoxelToPatient | null;
}

export function isNrrd(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 7)) === "NRRD000";
}

/** A header is some kB of text; segmentations with many names reach a few hundred. */
const MAX_HEADER_BYTES = 2 ** 20;

const types: ReadonlyMap<string, StoredType> = new Map(
  Object.entries({
    int8: ["signed char", "int8", "int8_t"],
    uint8: ["uchar", "unsigned char", "uint8", "uint8_t"],
    int16: ["short", "short int", "signed short", "signed short int", "int16", "int16_t"],
    uint16: ["ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"],
    int32: ["int", "signed int", "int32", "int32_t"],
    uint32: ["uint", "unsigned int", "uint32", "uint32_t"],
    int64: ["longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"],
    uint64: ["ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"],
    float32: ["float"],
    float64: ["double"],
  } satisfies Record<StoredType, string[]>).flatMap(([type, names]) =>
    names.map((name) => [name, type as StoredType] as const),
  ),
);

const encodings: ReadonlyMap<string, NrrdHeader["encoding"]> = new Map(
  Object.entries({
    raw: "raw",
    gz: "gzip",
    gzip: "gzip",
    txt: "ascii",
    text: "ascii",
    ascii: "ascii",
  }),
);

/** What to multiply coordinates by to come to left-posterior-superior. */
const spaces: ReadonlyMap<string, Triple> = new Map(
  Object.entries({
    "left-posterior-superior": [1, 1, 1],
    lps: [1, 1, 1],
    "left-anterior-superior": [1, -1, 1],
    las: [1, -1, 1],
    "right-anterior-superior": [-1, -1, 1],
    ras: [-1, -1, 1],
  }),
);

const unitMillimetres: ReadonlyMap<string, number> = new Map(
  Object.entries({ "": 1, mm: 1, um: 0.001, µm: 0.001, cm: 10, m: 1000 }),
);
const colorKinds: ReadonlyMap<string, { count: number; channels: 3 | 4 }> = new Map(
  Object.entries({
    "rgb-color": { count: 3, channels: 3 },
    "3-color": { count: 3, channels: 3 },
    "rgba-color": { count: 4, channels: 4 },
    "4-color": { count: 4, channels: 4 },
  }),
);

/** Reads the header at the start of `bytes`. Throws `Problem` naming the field at fault. */
export function readNrrdHeader(bytes: Uint8Array, fileName: string): NrrdHeader {
  const { fields, end } = readFields(bytes, fileName);
  if (fields.has("data file") || fields.has("datafile")) {
    throw unsupportedFile(
      fileName,
      "It is a NRRD header whose voxels are in another file.",
      "Save it as one .nrrd file with its voxels inside, then import that.",
    );
  }
  const require = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) throw corruptFile(fileName, `The NRRD header has no field '${name}'.`);
    return value;
  };
  const dimension = Number(require("dimension"));
  const sizes = require("sizes").split(/\s+/).map(Number);
  if (!(dimension >= 1 && dimension <= 16) || sizes.length !== dimension) {
    throw corruptFile(fileName, `The NRRD fields 'dimension' (${dimension}) and 'sizes' (${sizes.length}) disagree.`);
  }
  const type = types.get(require("type").toLowerCase());
  if (type === undefined) {
    throw unsupportedFile(
      fileName,
      "Its NRRD type is not a whole number or float of up to 64 bits.",
      "Convert it to 16-bit whole numbers or 32-bit floats, then import it.",
    );
  }
  const encoding = encodings.get(require("encoding").toLowerCase());
  if (encoding === undefined) {
    throw unsupportedFile(
      fileName,
      "Its NRRD encoding is not one of raw, gzip and ascii.",
      "Save it with the encoding gzip, then import it.",
    );
  }
  const endian = fields.get("endian")?.toLowerCase();
  if (storedBytes[type] > 1 && encoding !== "ascii" && endian !== "little" && endian !== "big") {
    throw corruptFile(fileName, "The NRRD header does not say the byte order of its voxels (field 'endian').");
  }
  const { channels, first } = readColorAxis(fields, sizes, type, fileName);
  return {
    size: [...sizes.slice(first), 1, 1].slice(0, 3) as Triple,
    channels,
    type,
    encoding,
    isBigEndian: endian === "big",
    offset: skipLines(bytes, end, wholeField(fields, "line skip", fileName), fileName),
    byteSkip: readByteSkip(fields, encoding, fileName),
    ...readGeometry(fields, first, dimension, fileName),
  };
}

/** Lines up to the first empty one; later lines of the same field do not count, as nothing may be said twice. */
function readFields(bytes: Uint8Array, fileName: string): { fields: Map<string, string>; end: number } {
  const fields = new Map<string, string>();
  let start = 0;
  for (let end = 0; end < Math.min(bytes.length, MAX_HEADER_BYTES); end++) {
    if (bytes[end] !== 0x0a) continue;
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
      .toString("utf8")
      .trimEnd();
    start = end + 1;
    if (line === "") return { fields, end: start };
    const match = /^([^:#]+): (.*)$/.exec(line);
    if (match === null) continue; // the mark, a comment or a key/value pair
    const name = match[1]!.toLowerCase();
    if (fields.has(name)) throw corruptFile(fileName, `The NRRD header has the field '${name}' twice.`);
    fields.set(name, match[2]!.trim());
  }
  throw corruptFile(fileName, "The NRRD header does not end with an empty line.");
}

function readColorAxis(
  fields: Map<string, string>,
  sizes: readonly number[],
  type: StoredType,
  fileName: string,
): { channels: 1 | 3 | 4; first: 0 | 1 } {
  const kinds = fields.get("kinds")?.toLowerCase().split(/\s+/) ?? [];
  const color = colorKinds.get(kinds[0] ?? "");
  const first = color === undefined ? 0 : 1;
  if (color !== undefined && (sizes[0] !== color.count || type !== "uint8")) {
    throw unsupportedFile(fileName, "Its colors are not 8-bit RGB.", "Save it as 8-bit RGB, then import it.");
  }
  const isOther = (kind: string): boolean => !["domain", "space", "???", "none"].includes(kind);
  if (sizes.length - first > 3 || kinds.slice(first).some(isOther)) {
    throw unsupportedFile(
      fileName,
      `Its ${sizes.length} axes are not those of one volume (${sizes.join(" x ")}): it holds vectors or a series.`,
      "Save each volume as a file of its own, then import those.",
    );
  }
  return { channels: color?.channels ?? 1, first };
}

function readGeometry(
  fields: Map<string, string>,
  first: number,
  dimension: number,
  fileName: string,
): Pick<NrrdHeader, "spacing" | "toPatient"> {
  const directions = fields.get("space directions");
  const units = (fields.get("space units") ?? fields.get("units"))?.match(/"[^"]*"/g) ?? [];
  const offset = fields.has("space units") ? 0 : first;
  const unit = unitMillimetres.get((units[offset] ?? '""').slice(1, -1).toLowerCase());
  if (unit === undefined) {
    throw unsupportedFile(
      fileName,
      "Its NRRD units are no lengths that are known.",
      "Save it with mm, then import it.",
    );
  }
  if (directions === undefined) {
    const spacings = fields.get("spacings")?.split(/\s+/).map(Number).slice(first) ?? [];
    const padded = [...spacings, 1, 1].slice(0, 3).map((value) => Math.abs(value) * unit);
    const isKnown =
      spacings.length === dimension - first && padded.every((value) => Number.isFinite(value) && value > 0);
    return { spacing: isKnown ? (padded as Triple) : null, toPatient: null };
  }
  const vectors = (directions.match(/none|\([^)]*\)/gi) ?? []).map((text) => readVector(text, unit));
  if (vectors.length !== dimension) throw corruptFile(fileName, "'space directions' does not name each axis once.");
  const axes = vectors.slice(first);
  if (axes.some((vector) => vector === null || !vector.every(Number.isFinite))) {
    throw corruptFile(fileName, "'space directions' has an axis without a direction.");
  }
  const lengths = axes.map((vector) => Math.hypot(...vector!));
  const signs = spaces.get(fields.get("space")?.toLowerCase() ?? "");
  const origin = readVector(fields.get("space origin") ?? "none", unit);
  if (signs === undefined || origin?.length !== 3 || axes.length !== 3 || axes.some((vector) => vector!.length !== 3)) {
    // A space that is not the patient's, or no place in it: distances hold, directions do not.
    const padded = [...lengths, 1, 1].slice(0, 3) as Triple;
    return { spacing: lengths.every((length) => length > 0) ? padded : null, toPatient: null };
  }
  const matrix = signs.map((sign, world) =>
    [...axes.map((vector) => vector![world]!), origin[world]!].map((entry) => entry * sign + 0),
  ) as unknown as VoxelToPatient;
  checkMatrix(fileName, matrix, "'space directions'");
  return { spacing: axes.map((vector) => norm(vector as Triple)) as Triple, toPatient: matrix };
}

/** `(1,0,0)` -> [1, 0, 0]; null for `none`. */
function readVector(text: string, unit: number): number[] | null {
  if (!text.startsWith("(")) return null;
  return text
    .slice(1, -1)
    .split(",")
    .map((entry) => (entry.trim() === "" ? NaN : Number(entry) * unit));
}

function wholeField(fields: Map<string, string>, name: string, fileName: string): number {
  const value = Number(fields.get(name) ?? 0);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw corruptFile(fileName, `The NRRD field '${name}' is not a whole number.`);
}

function readByteSkip(
  fields: Map<string, string>,
  encoding: NrrdHeader["encoding"],
  fileName: string,
): NrrdHeader["byteSkip"] {
  if (encoding === "raw" && fields.get("byte skip") === "-1") return "to-end";
  const skip = wholeField(fields, "byte skip", fileName);
  // What is skipped is unpacked too: no header of another format is that large.
  if (skip <= 2 ** 26) return skip;
  throw corruptFile(fileName, "The NRRD field 'byte skip' is out of range.");
}

function skipLines(bytes: Uint8Array, start: number, lines: number, fileName: string): number {
  let offset = start;
  for (let line = 0; line < lines; line++) {
    const end = bytes.indexOf(0x0a, offset);
    if (end === -1) throw corruptFile(fileName, "It is cut off: 'line skip' leads over its end.");
    offset = end + 1;
  }
  return offset;
}
