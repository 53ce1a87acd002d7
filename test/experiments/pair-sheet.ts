/**
 * @file `node test/experiments/pair-sheet.ts PROJECT RUN OUT.png [COUNT]`: what a synthesis painted, for a person to look at. Each column is a pair: mask,
 * painting, painting with the mask's outline, and the real image that is nearest to it.
 */
import sharp, { type OverlayOptions } from "sharp";
import { openProject } from "../../src-main/project/index.ts";
import { decodeLabelMap, type LabelMap } from "../../src-main/voxels/index.ts";

const TILE = 96;
const GAP = 4;
const OUTLINE = [255, 220, 0] as const;

const [path, run, out, count = "12"] = process.argv.slice(2);
if (path === undefined || run === undefined || out === undefined) {
  console.error("usage: node test/experiments/pair-sheet.ts PROJECT RUN OUT.png [COUNT]");
  process.exit(2);
}

const tile = (bytes: Uint8Array): Promise<Buffer> =>
  sharp(bytes)
    .resize(TILE, TILE, { kernel: "nearest", fit: "fill" })
    .removeAlpha()
    .toColourspace("srgb")
    .png()
    .toBuffer();

function maskPicture({ width, height, data }: LabelMap): Promise<Buffer> {
  const gray = data.map((value) => (value > 0 ? 255 : 0));
  return sharp(gray, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}

/** Pixels of the mask that touch others, at the size of the tile, over nothing. */
function outline({ width, height, data }: LabelMap): Promise<Buffer> {
  const pixels = new Uint8Array(TILE * TILE * 4);
  const inside = (row: number, column: number): boolean =>
    data[Math.floor((row * height) / TILE) * width + Math.floor((column * width) / TILE)]! > 0;
  for (let row = 1; row < TILE - 1; row++) {
    for (let column = 1; column < TILE - 1; column++) {
      const isEdge =
        inside(row, column) &&
        !(inside(row - 1, column) && inside(row + 1, column) && inside(row, column - 1) && inside(row, column + 1));
      if (isEdge) pixels.set([...OUTLINE, 255], 4 * (row * TILE + column));
    }
  }
  return sharp(pixels, { raw: { width: TILE, height: TILE, channels: 4 } })
    .png()
    .toBuffer();
}

const project = await openProject(path);
const { pairs } = project.syntheticPairs.get(Number(run));
const shown = pairs.slice(0, Number(count));
const layers: OverlayOptions[] = [];
for (const [column, { pairId, quality }] of shown.entries()) {
  const map = decodeLabelMap(project.syntheticPairs.labelMap(pairId));
  const painted = await tile(project.syntheticPairs.image(pairId));
  const outlined = await sharp(painted)
    .composite([{ input: await outline(map) }])
    .png()
    .toBuffer();
  const rows = [
    await tile(await maskPicture(map)),
    painted,
    outlined,
    await tile(project.images.thumbnail(quality.nearestFrameId)),
  ];
  for (const [row, input] of rows.entries())
    layers.push({ input, left: column * (TILE + GAP), top: row * (TILE + GAP) });
}
const [width, height] = [shown.length * (TILE + GAP) - GAP, 4 * (TILE + GAP) - GAP];
await sharp({ create: { width, height, channels: 3, background: "#202020" } })
  .composite(layers)
  .png({ palette: true, quality: 90 })
  .toFile(out);
await project.close();
