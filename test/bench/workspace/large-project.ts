/** @file A project of many images, made through the project itself: what lists and the data screen are measured on. */
import { createHash } from "node:crypto";
import sharp from "sharp";
import { createProject, type NewImage, type Project } from "../../../src-main/project/index.ts";
import { createLabelMap, encodeLabelMap } from "../../../src-main/voxels/index.ts";

const SIZE = { width: 256, height: 256 };
const IMAGES_PER_CASE = 100;
/** As large as those of import (CSS pixels of the grid). */
const THUMBNAIL_SIDE = 96;
const THUMBNAILS = 400;
const IMAGES_PER_EDIT = 5000;
const modalities = ["CT", "MR", "US"];
const splits = ["train", "val", "test", "unlabelled", null] as const;

/** A few hundred different pictures: discs of other places and greys. */
async function thumbnails(): Promise<Buffer[]> {
  const pictures: Buffer[] = [];
  for (let index = 0; index < THUMBNAILS; index++) {
    const pixels = Buffer.alloc(THUMBNAIL_SIDE * THUMBNAIL_SIDE);
    const [x, y] = [20 + (index % 20) * 3, 20 + Math.floor(index / 20) * 3];
    for (let at = 0; at < pixels.length; at++) {
      const [dx, dy] = [(at % THUMBNAIL_SIDE) - x, Math.floor(at / THUMBNAIL_SIDE) - y];
      pixels[at] = dx * dx + dy * dy < 400 ? 120 + (index % 100) : 20 + ((at * 7) % 13);
    }
    const raw = { width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, channels: 1 } as const;
    pictures.push(await sharp(pixels, { raw }).png().toBuffer());
  }
  return pictures;
}

function image(index: number, thumbnail: Buffer): NewImage {
  const sourceBytes = Buffer.from(`pixels of ${index}`);
  const caseName = `Case ${String(Math.floor(index / IMAGES_PER_CASE) + 1).padStart(4, "0")}`;
  return {
    sourceBytes,
    sourceSha256: createHash("sha256").update(sourceBytes).digest("hex"),
    fileName: `slice-${String(index).padStart(6, "0")}.png`,
    format: "png",
    modality: modalities[Math.floor(index / IMAGES_PER_CASE) % modalities.length]!,
    patientKey: null,
    caseName,
    thumbnail,
    frames: [
      {
        ...SIZE,
        channels: 1,
        sampleType: "uint8",
        photometric: "MONOCHROME2",
        rescaleSlope: 1,
        rescaleIntercept: 0,
        window: null,
        spacing: null,
      },
    ],
  };
}

/** Writes `path`: `count` images of hundred a patient, every tenth annotated. The project is closed again. */
export async function makeLargeProject(path: string, count: number): Promise<void> {
  const pictures = await thumbnails();
  const project: Project = createProject(path, { classes: ["lesion", "organ"] });
  try {
    for (let first = 0; first < count; first += IMAGES_PER_EDIT) {
      project.edit("add images", () => {
        for (let index = first; index < Math.min(count, first + IMAGES_PER_EDIT); index++) {
          const split = splits[Math.floor(index / IMAGES_PER_CASE) % splits.length];
          const { frameIds } = project.images.add(image(index, pictures[index % THUMBNAILS]!), { split });
          if (index % 10 === 0) project.annotations.write(frameIds[0]!, mask(index), { origin: "drawn" });
        }
      });
    }
    await project.snapshot;
  } finally {
    project.close();
  }
}

function mask(index: number): Uint8Array {
  const map = createLabelMap(SIZE.width, SIZE.height);
  map.data.fill(1 + (index % 20 === 0 ? 1 : 0), 1000, 1000 + (index % 5000));
  return encodeLabelMap(map);
}
