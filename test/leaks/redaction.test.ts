/** @file Redacted pixels are gone: from what is shown, and from every byte of project, log and snapshots. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { read } from "../../src-main/app/client.ts";
import { decodeFrame } from "../../src-main/imaging/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { openSession } from "../api/fixture.ts";
import { writeTestDicom } from "../imaging/dicom-writer.ts";
import { writeSamplesPng } from "../imaging/png-writer.ts";

const size = { width: 64, height: 48 };
const rectangle = { x: 4, y: 6, width: 40, height: 10 };
const pixels = size.width * size.height;

/** Noise: no two rows are alike, so that a row found in a file is that row. */
function noise(seed: number, length: number): Uint8Array {
  const random = new Random("redaction", seed);
  return Uint8Array.from({ length }, () => 1 + random.integer(255));
}

function twoFrames(): { bytes: Buffer; samples: Uint8Array } {
  const samples = noise(1, 2 * pixels);
  const bytes = writeTestDicom([
    [0x00280008, "IS", "2"],
    [0x00280010, "US", size.height],
    [0x00280011, "US", size.width],
    [0x7fe00010, "OB", samples],
  ]);
  return { bytes, samples };
}

const isInside = (place: number): boolean => {
  const [x, y] = [place % size.width, Math.floor(place / size.width) % size.height];
  const { width, height } = rectangle;
  return x >= rectangle.x && x < rectangle.x + width && y >= rectangle.y && y < rectangle.y + height;
};

/** All files of the folder as one. */
const bytesOf = (folder: string): Buffer =>
  Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));

test("DICOM, PNG and JPEG: only the rectangle changes, and what was under it is nowhere any more", async () => {
  const open = openSession();
  const [source, kept] = [join(open.folder, "source"), join(open.folder, "kept")];
  for (const folder of [source, kept]) mkdirSync(folder);
  const dicom = twoFrames();
  const gray = noise(2, pixels);
  writeFileSync(join(source, "p1.dcm"), dicom.bytes);
  writeFileSync(join(source, "p2.png"), writeSamplesPng(gray, size));
  writeFileSync(
    join(source, "p3.jpg"),
    await sharp(gray, { raw: { ...size, channels: 1 } })
      .jpeg()
      .toBuffer(),
  );
  const path = join(kept, "study.aliquot");
  await read(open.client.project.create.$post({ json: { path, classes: ["lesion"] } }));
  const { importId } = await read(open.client.imports.folder.$post({ json: { paths: [source] } }));
  expect(await open.session.open.importJob(importId).ended).toMatchObject({ imported: 3, frames: 4 });
  // Opened again: a snapshot holds the pixels as well.
  await open.client.project.close.$post();
  await read(open.client.project.open.$post({ json: { path } }));
  expect(await open.session.open.project.snapshot).toEqual({ state: "taken" });

  const { images } = open.session.open.project;
  const frameOf = (name: string, index = 0): number =>
    images.frames().find((frame) => frame.name.startsWith(name) && frame.frameIndex === index)!.frameId;
  const row = (samples: Uint8Array, frame: number): Buffer => {
    const start = frame * pixels + rectangle.y * size.width + rectangle.x;
    return Buffer.from(samples.subarray(start, start + rectangle.width));
  };
  const oldFiles = ["p2", "p3"].map((name) => images.sourceOfFrame(frameOf(name)).bytes);
  const oldPieces = oldFiles.map((bytes) => Buffer.from(bytes.slice(bytes.length >> 1, (bytes.length >> 1) + 64)));
  for (const piece of [row(dicom.samples, 0), ...oldPieces]) expect(bytesOf(kept).includes(piece)).toBe(true);

  const redact = (frameId: number, allFrames: boolean) =>
    read(
      open.client.frames[":id"].redactions.$post({
        param: { id: String(frameId) },
        json: { rectangles: [rectangle], scope: allFrames ? ("image" as const) : ("frame" as const) },
      }),
    );
  const before = await open.session.open.pixels(frameOf("p3"));
  await redact(frameOf("p1", 0), false);
  expect(bytesOf(kept).includes(row(dicom.samples, 0))).toBe(false);
  expect(bytesOf(kept).includes(row(dicom.samples, 1))).toBe(true);
  await redact(frameOf("p1", 1), true);
  for (const name of ["p2", "p3"]) await redact(frameOf(name), false);
  for (const piece of [row(dicom.samples, 0), row(dicom.samples, 1), ...oldPieces]) {
    expect(bytesOf(kept).includes(piece)).toBe(false);
  }

  const samplesOf = async (name: string, index = 0): Promise<number[]> => {
    const { bytes, frameIndex } = images.sourceOfFrame(frameOf(name, index));
    return [...(await decodeFrame(bytes, { fileName: name, frame: frameIndex })).data];
  };
  const black = Math.min(...dicom.samples.subarray(0, pixels));
  for (const index of [0, 1]) {
    const original = dicom.samples.subarray(index * pixels, (index + 1) * pixels);
    expect(await samplesOf("p1", index)).toEqual(
      [...original].map((sample, place) => (isInside(place) ? black : sample)),
    );
  }
  expect(await samplesOf("p2")).toEqual([...gray].map((sample, place) => (isInside(place) ? 1 : sample)));
  // What is shown, from the cache or not.
  const shown = await open.session.open.pixels(frameOf("p3"));
  expect(shown.length).toBe(before.length);
  expect(Buffer.compare(Buffer.from(shown), Buffer.from(before))).not.toBe(0);

  const outside = { rectangles: [{ x: 1, y: 1, width: 0, height: 4 }] };
  await expect(open.client.frames[":id"].redactions.$post({ param: { id: "1" }, json: outside })).rejects.toMatchObject(
    { code: "bad-request" },
  );
});
