import { expect, it } from "vitest";
import { decodeSource, inspectSource } from "../../src-main/imaging/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { packRows, pngChunk, writePng } from "./png-writer.ts";

const kinds = [
  { name: "gray", colorType: 0, channels: 1, depths: [1, 2, 4, 8, 16] },
  { name: "RGB", colorType: 2, channels: 3, depths: [8, 16] },
  { name: "palette", colorType: 3, channels: 1, depths: [1, 2, 4, 8] },
  { name: "gray with opaque alpha", colorType: 4, channels: 2, depths: [8, 16] },
  { name: "RGB with opaque alpha", colorType: 6, channels: 4, depths: [8, 16] },
];
const cases = kinds.flatMap(({ name, colorType, channels, depths }) =>
  depths.flatMap((bitDepth) =>
    [false, true].map((isInterlaced) => ({ name, colorType, channels, bitDepth, isInterlaced })),
  ),
);

it.each(cases)(
  "$name, $bitDepth bits, interlaced $isInterlaced: samples as stored",
  async ({ name, colorType, channels, bitDepth, isInterlaced }) => {
    const random = new Random("png-suite", 1);
    // Sizes with empty and partial passes.
    for (const [width, height] of [
      [1, 1],
      [3, 2],
      [5, 9],
      [17, 13],
    ] as const) {
      const top = 2 ** bitDepth - 1;
      const hasAlpha = name.includes("alpha");
      const stored = Array.from({ length: width * height * channels }, (_, index) =>
        hasAlpha && index % channels === channels - 1 ? top : random.integer(top + 1),
      );
      const palette = Uint8Array.from(
        { length: 3 * 2 ** Math.min(bitDepth, 8) },
        (_, index) => (index * 37 + 11) % 256,
      );
      const bytes = writePng({
        width,
        height,
        bitDepth,
        colorType,
        isInterlaced,
        rows: packRows(stored, { width, height, channels, bitDepth, isInterlaced }),
        extra: colorType === 3 ? [pngChunk("PLTE", palette)] : [],
      });
      const expected =
        colorType === 3
          ? stored.flatMap((index) => [...palette.subarray(3 * index, 3 * index + 3)])
          : stored.filter((_, index) => !hasAlpha || index % channels !== channels - 1);
      const [frame] = (await decodeSource(bytes, { fileName: "a.png" })).frames;
      expect(frame).toMatchObject({ width, height, sampleType: bitDepth === 16 ? "uint16" : "uint8" });
      expect([...frame!.data]).toEqual(expected);
      const { storedBytes } = await inspectSource(bytes, { fileName: "a.png" });
      expect((await decodeSource(storedBytes, { fileName: "a.png" })).frames).toEqual([frame]);
    }
  },
);
