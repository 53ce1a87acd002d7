/** @file Bytes beside the pixels of a picture do not come into a project, whatever the place; pixels stay, and the report tells. */
import { inflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeSource, identifyFormat, inspectSource } from "../../src-main/imaging/index.ts";
import { hidingJpegs, hidingPngs, hidingWebps } from "./hidden-bytes.ts";
import { found } from "./marks.ts";

const fileName = "a";
const pictures = [...(await hidingJpegs(40)), ...hidingPngs(40), ...(await hidingWebps(40))];

/** Also within the compressed pixels of a PNG. */
function marksIn(bytes: Uint8Array): string[] {
  const file = Buffer.from(bytes);
  const at = file.indexOf("IDAT", 0, "latin1");
  const unpacked = at < 0 ? Buffer.alloc(0) : inflateSync(file.subarray(at + 4));
  return [...found(file), ...found(unpacked)];
}

it.each(pictures)("$place", async ({ bytes }) => {
  expect(marksIn(bytes)).not.toEqual([]);
  const [frame] = (await decodeSource(bytes, { fileName })).frames;
  const { storedBytes, attributes } = await inspectSource(bytes, { fileName });
  expect(marksIn(storedBytes)).toEqual([]);
  expect((await decodeSource(storedBytes, { fileName })).frames).toEqual([frame]);
  expect(attributes.length).toBeGreaterThan(0);
});

describe("a picture without anything beside its pixels stays as it is compressed", () => {
  const noise = Uint8Array.from({ length: 61 * 47 * 3 }, (_, index) => (index * index * 7919) >>> 3);
  const color = sharp(noise, { raw: { width: 61, height: 47, channels: 3 } });
  const deep = sharp(new Uint16Array(noise), { raw: { width: 61, height: 47, channels: 3 } }).toColourspace("rgb16");

  it.each([
    ["JPEG, 4:2:0", color.clone().jpeg()],
    ["JPEG, 4:4:4", color.clone().jpeg({ chromaSubsampling: "4:4:4", quality: 100 })],
    ["JPEG, gray", color.clone().toColourspace("b-w").jpeg()],
    ["JPEG, progressive", color.clone().jpeg({ progressive: true })],
    ["PNG", color.clone().png()],
    ["PNG, interlaced", color.clone().png({ progressive: true })],
    ["PNG, 16 bits", deep.png()],
    ["PNG with opaque alpha", color.clone().ensureAlpha().png()],
  ])("%s", async (_, picture) => {
    const bytes = new Uint8Array(await picture.toBuffer());
    const { storedBytes, attributes } = await inspectSource(bytes, { fileName });
    expect(identifyFormat(storedBytes)).toBe(identifyFormat(bytes));
    expect(attributes.filter(({ name }) => name === "bytes beside the pixels")).toEqual([]);
    expect(storedBytes.length).toBeLessThanOrEqual(bytes.length);
    expect((await decodeSource(storedBytes, { fileName })).frames).toEqual(
      (await decodeSource(bytes, { fileName })).frames,
    );
  });
});

it("progressive JPEG with bytes between or behind its scans is refused", async () => {
  const file = await sharp({ create: { width: 64, height: 48, channels: 3, background: "#642" } })
    .jpeg({ progressive: true })
    .toBuffer();
  const secondTable = file.indexOf(Buffer.from("ffc4", "hex"), file.indexOf(Buffer.from("ffda", "hex")));
  for (const at of [file.length - 2, secondTable]) {
    const hiding = Buffer.concat([file.subarray(0, at), Buffer.from("Zq7Marking"), file.subarray(at)]);
    await expect(inspectSource(hiding, { fileName })).rejects.toMatchObject({ code: "corrupt-file" });
  }
});

describe("JPEG of two blocks with restarts", () => {
  /** 8 x 16, gray: a block codes as two zero bits. */
  const restarted = (...between: number[]): Buffer =>
    Buffer.concat(
      [
        [0xff, 0xd8, 0xff, 0xdb, 0, 67, 0, ...new Array<number>(64).fill(1)],
        [0xff, 0xc0, 0, 11, 8, 0, 16, 0, 8, 1, 1, 0x11, 0],
        ...[0x00, 0x10].map((table) => [0xff, 0xc4, 0, 20, table, 1, ...new Array<number>(15).fill(0), 0]),
        [0xff, 0xdd, 0, 4, 0, 1, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0],
        [0x3f, ...between, 0xff, 0xd0, 0x3f, 0xff, 0xd9],
      ].map((each) => Buffer.from(each)),
    );

  it("stays as it is compressed; with bytes before the restart it is refused or written anew", async () => {
    const bytes = restarted();
    const { storedBytes } = await inspectSource(bytes, { fileName });
    expect([identifyFormat(storedBytes), storedBytes.length]).toEqual(["jpeg", bytes.length]);
    expect((await decodeSource(storedBytes, { fileName })).frames).toEqual(
      (await decodeSource(bytes, { fileName })).frames,
    );
    const hiding = restarted(...Buffer.from("Zq7Marking"));
    const stored = await inspectSource(hiding, { fileName }).then(
      ({ storedBytes }) => storedBytes,
      () => new Uint8Array(0),
    );
    expect(found(Buffer.from(stored))).toEqual([]);
  });
});
