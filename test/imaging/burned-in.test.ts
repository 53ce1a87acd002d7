/** @file Warnings of likely burned-in annotation. */
import sharp from "sharp";
import { expect, it } from "vitest";
import { inspectSource } from "../../src-main/imaging/index.ts";
import { type Attribute, writeTestDicom } from "./dicom-writer.ts";

/** 7 x 5 shapes of five letters. */
const letters = ["1110010001", "1001110011", "0111010001"].map((bits) => bits.repeat(4).slice(0, 35));

/** Speckle with a line of eight letters, 14 pixels high. */
function withText(width: number, height: number, x0: number, y0: number): Uint8Array {
  const samples = Uint8Array.from({ length: width * height }, (_, place) => 20 + ((place * 7919) % 41));
  for (let letter = 0; letter < 8; letter++) {
    for (let y = 0; y < 14; y++) {
      // A bar at the left holds each letter together.
      for (let x = 0; x < 10; x++) {
        const isInk = x < 2 || letters[letter % 3]![5 * (y >> 1) + (x >> 1)] === "1";
        if (isInk) samples[(y0 + y) * width + x0 + 14 * letter + x] = 250;
      }
    }
  }
  return samples;
}

const png = (samples: Uint8Array, width: number, height: number): Promise<Buffer> =>
  sharp(samples, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();

it("finds a line of letters near the border, and covers it", async () => {
  const { burnedIn } = await inspectSource(await png(withText(256, 200, 20, 10), 256, 200), { fileName: "a.png" });
  expect(burnedIn?.regions.length).toBe(1);
  const { x, y, width, height } = burnedIn!.regions[0]!;
  expect(x <= 20 && y <= 10 && x + width >= 20 + 7 * 14 + 10 && y + height >= 24).toBe(true);
  expect(width < 150 && height < 30).toBe(true);
});

it("finds none in speckle alone", async () => {
  const plain = Uint8Array.from({ length: 256 * 200 }, (_, place) => 20 + ((place * 7919) % 41));
  expect((await inspectSource(await png(plain, 256, 200), { fileName: "a.png" })).burnedIn).toBeNull();
});

it("warns by header: declared, secondary capture, modality", async () => {
  const warning = async (...attributes: Attribute[]) =>
    (await inspectSource(writeTestDicom(attributes), { fileName: "a.dcm" })).burnedIn?.reasons ?? [];
  const ultrasound: Attribute = [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.6.1"];
  const modality = (value: string): Attribute => [0x00080060, "CS", value];
  const declared = (value: string): Attribute => [0x00280301, "CS", value];
  expect(await warning(modality("CT"), ultrasound)).toEqual([]);
  expect((await warning(modality("CT"), ultrasound, declared("YES"))).join()).toContain("(0028,0301)");
  expect((await warning(modality("US"), ultrasound)).join()).toContain("modality US");
  expect(await warning(modality("US"), ultrasound, declared("NO"))).toEqual([]);
  expect((await warning()).join()).toContain("secondary capture");
});
