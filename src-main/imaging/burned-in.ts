/**
 * @file Likely burned-in annotation: what the header says, what the kind of image suggests, and regions of the pixels that look like
 * writing. A warning, no proof: text over bright tissue, handwriting and script in one piece are missed, and grids may be found.
 */
import { type Frame, labelComponents, type Rectangle, renderFrame } from "../voxels/index.ts";
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

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Lines of at least four small, sharp pieces of like height near the border, bright on dark or dark on bright. */
export function findTextRegions(frame: Frame): Rectangle[] {
  const { width, height, channels } = frame;
  const shown = renderFrame(frame);
  const gray = (place: number): number =>
    channels === 1 ? shown[place]! : Math.max(shown[3 * place]!, shown[3 * place + 1]!, shown[3 * place + 2]!);
  const levels = Uint8Array.from({ length: width * height }, (_, place) => gray(place));
  const inverted = levels.map((level) => 255 - level);
  return [levels, inverted].flatMap((each) => linesOf(lettersOf(each, width, height), width, height));
}

/** Pieces of bright pixels, of a letter's size, mostly with dark around them. */
function lettersOf(levels: Uint8Array, width: number, height: number): Box[] {
  const mask = levels.map((level) => Number(level >= BRIGHT));
  const { labels, sizes } = labelComponents(mask, [height, width], 2);
  const boxes = sizes.map((): Box => ({ left: width, top: height, right: 0, bottom: 0 }));
  for (let place = 0; place < labels.length; place++) {
    if (labels[place] === 0) continue;
    const box = boxes[labels[place]! - 1]!;
    const [x, y] = [place % width, Math.floor(place / width)];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1);
  }
  return boxes.filter((box, index) => {
    const [across, down] = [box.right - box.left, box.bottom - box.top];
    const share = sizes[index]! / (across * down);
    const isLetter = share <= 0.95 || 2 * across <= down; // full boxes are none, but for I and l
    return down >= LOWEST && down <= HIGHEST && across <= 1.6 * down && share >= 0.12 && isLetter && isAlone(box);
  });

  /** At least three quarters of the frame two pixels around the piece are dark, or outside. */
  function isAlone({ left, top, right, bottom }: Box): boolean {
    let [dark, all] = [0, 0];
    const look = (x: number, y: number): void => {
      all++;
      if (x < 0 || y < 0 || x >= width || y >= height || levels[y * width + x]! <= DARK) dark++;
    };
    for (let x = left; x < right; x++) for (const y of [top - 2, bottom + 1]) look(x, y);
    for (let y = top; y < bottom; y++) for (const x of [left - 2, right + 1]) look(x, y);
    return dark >= 0.75 * all;
  }
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
