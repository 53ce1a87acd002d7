/** @file A redaction of many files, cancelled midway: what is done is whole and stored, the rest is untouched. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Listeners } from "../../src-main/api/listeners.ts";
import { Redactions } from "../../src-main/api/redactions.ts";
import { read } from "../../src-main/app/client.ts";
import { createDecodePool, decodeFrame, forkDecodeProcess } from "../../src-main/imaging/index.ts";
import { writeSamplesPng } from "../imaging/png-writer.ts";
import { entryOf, importPaths, openSession } from "./fixture.ts";

const FILES = 40;
const size = { width: 12, height: 8 };

it("cancelled midway, every file is either redacted and told so, or as it was", async () => {
  const open = openSession();
  const path = join(open.folder, "study.aliquot");
  await read(open.client.project.create.$post({ json: { path, classes: ["lesion"] } }));
  const images = join(open.folder, "images");
  mkdirSync(images);
  for (let number = 0; number < FILES; number++) {
    const samples = new Uint8Array(size.width * size.height).fill(100 + number);
    samples[samples.length - 1] = 0; // the darkest, which fills the rectangles
    writeFileSync(join(images, `p1_${number}.png`), writeSamplesPng(samples, size));
  }
  await importPaths(open, [images]);
  const { project } = open.session.open;
  const pool = createDecodePool({ spawn: () => forkDecodeProcess(entryOf("decode-process")) });
  onTestFinished(() => pool.close());
  const frames = project.images.frames().map(({ frameId }) => frameId);
  const corner = async (frameId: number): Promise<number> => {
    const { bytes, fileName, frameIndex } = project.images.sourceOfFrame(frameId);
    return (await decodeFrame(bytes, { fileName, frame: frameIndex })).data[0]!;
  };
  const before = await Promise.all(frames.map(corner));

  const stored: number[] = [];
  const redactions = new Redactions({
    project,
    pool,
    listeners: new Listeners(),
    // Called once the first files are stored: the person cancels at that moment.
    forget: (frameId) => {
      stored.push(frameId);
      redactions.cancel(1);
    },
  });
  const rectangles = [{ x: 0, y: 0, width: 3, height: 2 }];
  const report = await redactions.redact(frames[0]!, { rectangles, scope: "series" });

  expect(report).toMatchObject({ cancelled: true, refused: [], redacted: stored.length });
  expect(stored.length).toBeGreaterThan(0);
  expect(stored.length).toBeLessThan(FILES);
  const after = await Promise.all(frames.map(corner));
  frames.forEach((frameId, index) => {
    const isDone = stored.includes(frameId);
    expect(after[index]).toBe(isDone ? 0 : before[index]);
    expect(project.burnedIn.detail(frameId).state === "redacted").toBe(isDone);
  });
  // Nothing is left running: the rest can be done at once.
  expect(await redactions.redact(frames[0]!, { rectangles, scope: "series" })).toMatchObject({
    cancelled: false,
    redacted: FILES,
  });
  expect(await Promise.all(frames.map(corner))).toEqual(frames.map(() => 0));
});
