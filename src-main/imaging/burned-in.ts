/**
 * @file Likely burned-in annotation: what the header says, what the kind of image suggests, and regions of the pixels that look like
 * writing. A warning, no proof: text over bright tissue, handwriting and script in one piece are missed, and grids may be found.
 */
import { type Frame, type Rectangle, renderFrame } from "../voxels/index.ts";
import { type Piece, piecesOf } from "./letter-boxes.ts";
import type { BurnedInFinding, BurnedInWarning } from "./source.ts";

/** What a DICOM header tells; null for other files. */
export interface BurnedInHeader {
  modality: string | null;
  /** (0028,0301); null when it is not there. */
  declared: "YES" | "NO" | null;
  isSecondaryCapture: boolean;
}

/** Devices that write names into the picture. CT, MR, PT, NM and the like do not: their pixels are not searched. */
const writing = new Set([
  "US",
  "IVUS",
  "BDUS",
  "SC",
  "XA",
  "RF",
  "ES",
  "OT",
  "XC",
  "GM",
  "SM",
  "CR",
  "DX",
  "MG",
  "PX",
  "OP",
]);
const oftenNamed = new Set(["US", "IVUS", "SC", "ES", "XC"]);

/** What hints at writing in a frame: the header of its file, and its pixels. */
export function findBurnedIn(header: BurnedInHeader | null, frame: Frame): BurnedInFinding {
  const reasons: string[] = [];
  if (header?.declared === "YES") reasons.push("(0028,0301) 'Burned In Annotation' is YES");
  if (header !== null && header.declared !== "NO") {
    if (header.isSecondaryCapture) reasons.push("it is a secondary capture");
    else if (oftenNamed.has(header.modality ?? ""))
      reasons.push(`images of modality ${header.modality} often show names`);
  }
  const isOfKind = reasons.length > 0 || header === null || writing.has(header.modality ?? "OT");
  const isSearched = isOfKind && frame.width * frame.height <= MAX_PIXELS;
  const regions = isSearched ? findTextRegions(frame) : [];
  if (regions.length > 0) reasons.push("parts of the picture look like writing");
  return { reasons, regions, isSearched };
}

/** The warning of an image with these frames; null when nothing hints at writing in any. */
export function warningOf(findings: readonly BurnedInFinding[]): BurnedInWarning | null {
  const reasons = [...new Set(findings.flatMap((finding) => finding.reasons))];
  if (reasons.length === 0) return null;
  return { reasons, regions: findings.find(({ regions }) => regions.length > 0)?.regions ?? [] };
}

/** Larger images are not searched: the time is better spent by the person who looks at them. */
const MAX_PIXELS = 2 ** 23;
/** Heights of letters, pixels. */
const [LOWEST, HIGHEST] = [5, 48];
const LETTERS_IN_LINE = 4;
const BRIGHT = 190;
const DARK = 90;

type Box = Omit<Piece, "size">;

/** Writing is bright on dark, or dark on bright: levels of ink, and of what is around it. */
const inks = [
  { ink: [BRIGHT, 255], around: [0, DARK] },
  { ink: [0, 255 - BRIGHT], around: [255 - DARK, 255] },
] as const;

/** Lines of at least four small, sharp pieces of like height near the border, bright on dark or dark on bright. */
export function findTextRegions(frame: Frame): Rectangle[] {
  const { width, height, channels } = frame;
  const shown = renderFrame(frame);
  const levels = channels === 1 ? shown : brightest(shown, width * height);
  return inks.flatMap(({ ink, around }) => {
    const pieces = piecesOf(levels, width, height, ink[0], ink[1]);
    return linesOf(
      pieces.filter((piece) => isLetter(piece) && isAlone(piece, levels, width, height, around)),
      width,
      height,
    );
  });
}

/** The brightest of the three samples of each pixel. */
function brightest(colors: Uint8Array, pixels: number): Uint8Array {
  const levels = new Uint8Array(pixels);
  for (let place = 0, at = 0; place < pixels; place++, at += 3) {
    levels[place] = Math.max(colors[at]!, colors[at + 1]!, colors[at + 2]!);
  }
  return levels;
}

function isLetter({ left, top, right, bottom, size }: Piece): boolean {
  const [across, down] = [right - left, bottom - top];
  if (down < LOWEST || down > HIGHEST || across > 1.6 * down) return false;
  const share = size / (across * down);
  return share >= 0.12 && (share <= 0.95 || 2 * across <= down); // full boxes are none, but for I and l
}

/** At least three quarters of the frame two pixels around the piece are of the other brightness, or outside. */
function isAlone(
  { left, top, right, bottom }: Piece,
  levels: Uint8Array,
  width: number,
  height: number,
  [low, high]: readonly [number, number],
): boolean {
  let [other, all] = [0, 0];
  const look = (x: number, y: number): void => {
    all++;
    const level = x < 0 || y < 0 || x >= width || y >= height ? low : levels[y * width + x]!;
    if (level >= low && level <= high) other++;
  };
  for (let x = left; x < right; x++) for (const y of [top - 2, bottom + 1]) look(x, y);
  for (let y = top; y < bottom; y++) for (const x of [left - 2, right + 1]) look(x, y);
  return other >= 0.75 * all;
}

function linesOf(letters: Box[], width: number, height: number): Rectangle[] {
  const lines: (Box & { count: number })[] = [];
  for (const letter of [...letters].sort((a, b) => a.left - b.left)) {
    const down = letter.bottom - letter.top;
    const line = lines.find((each) => {
      const ofLine = each.bottom - each.top;
      const overlap = Math.min(each.bottom, letter.bottom) - Math.max(each.top, letter.top);
      return overlap > 0.4 * Math.min(down, ofLine) && ofLine <= 2 * down && letter.left - each.right <= 1.6 * ofLine;
    });
    if (line === undefined) {
      lines.push({ ...letter, count: 1 });
      continue;
    }
    line.right = Math.max(line.right, letter.right);
    line.top = Math.min(line.top, letter.top);
    line.bottom = Math.max(line.bottom, letter.bottom);
    line.count++;
  }
  // Writing of devices stands in the outer thirds.
  const isNearBorder = ({ left, top, right, bottom }: Box): boolean =>
    bottom < height / 3 || top > (2 * height) / 3 || right < width / 3 || left > (2 * width) / 3;
  return lines
    .filter((line) => line.count >= LETTERS_IN_LINE && isNearBorder(line))
    .map(({ left, top, right, bottom }) => {
      // Dots, accents and ends of letters that are pieces of their own.
      const [across, down] = [Math.ceil(0.75 * (bottom - top)), Math.ceil(0.3 * (bottom - top))];
      const [x, y] = [Math.max(0, left - across), Math.max(0, top - down)];
      return { x, y, width: Math.min(width, right + across) - x, height: Math.min(height, bottom + down) - y };
    });
}
