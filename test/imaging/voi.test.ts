/**
 * @file Windows and VOI LUTs from the file to the bytes on the screen, against pydicom's apply_voi_lut (voi-reference.json); what
 * import stores in the file's place is shown in the same way.
 */
import { describe, expect, it } from "vitest";
import { decodeSource, inspectSource } from "../../src-main/imaging/index.ts";
import { deserializeFrame, type Frame, renderFrame, serializeFrame } from "../../src-main/voxels/index.ts";
import { type Attribute, sequenceItems, sequenceOf, writeTestDicom } from "./dicom-writer.ts";
import { attributesOf, cases, row, tableItem } from "./voi-reference.ts";

const fileName = "made.dcm";
/** Frames of the file, the same as those of what is stored in its place and of what goes to the screen. */
async function framesOf(attributes: Attribute[]): Promise<Frame[]> {
  const bytes = writeTestDicom(attributes);
  const { frames } = await decodeSource(bytes, { fileName });
  const { storedBytes } = await inspectSource(bytes, { fileName });
  expect((await decodeSource(storedBytes, { fileName })).frames).toEqual(frames);
  for (const frame of frames) expect(deserializeFrame(serializeFrame(frame))).toEqual(frame);
  return frames;
}

describe.each(["MONOCHROME2", "MONOCHROME1"])("%s is shown as by pydicom", (photometric) => {
  it.each(cases)("$name", async (reference) => {
    const [frame] = await framesOf([...attributesOf(reference), [0x00280004, "CS", photometric]]);
    const shown = renderFrame(frame!);
    reference.level.forEach((level, index) => {
      const expected = 255 * (photometric === "MONOCHROME1" ? 1 - level : level);
      // Half a step is what rounding to bytes may take.
      expect(Math.abs(shown[index]! - expected), `value ${reference.stored[index]}`).toBeLessThanOrEqual(0.5 + 1e-6);
    });
  });
});

describe("what a file proposes", () => {
  it("several windows with explanations, of which known technical words are stored", async () => {
    const bytes = writeTestDicom([
      [0x00281050, "DS", "40\\-600\\300"],
      [0x00281051, "DS", "400\\1500\\2000"],
      [0x00281055, "LO", "SOFT TISSUE\\LUNG for Miller\\Dr. Miller"],
    ]);
    const read = await decodeSource(bytes, { fileName });
    expect(read.frames[0]!.window).toEqual({ center: 40, width: 400 });
    expect(read.frames[0]!.windows!.map(({ explanation }) => explanation)).toEqual([
      "SOFT TISSUE",
      "LUNG for Miller",
      "Dr. Miller",
    ]);
    const { storedBytes, frames } = await inspectSource(bytes, { fileName });
    expect(JSON.stringify(frames)).not.toContain("Miller");
    expect(Buffer.from(storedBytes).includes("Miller")).toBe(false);
    const stored = await decodeSource(storedBytes, { fileName });
    expect(stored.frames[0]!.windows).toEqual([
      { center: 40, width: 400, explanation: "SOFT TISSUE" },
      { center: -600, width: 1500, explanation: "LUNG" },
      { center: 300, width: 2000 },
    ]);
  });

  it("several tables before the windows, each with its name", async () => {
    const table = (entries: number[], explanation: string): Attribute[] => [
      ...tableItem({ first: 0, bits: 8, entries }),
      [0x00283003, "LO", explanation],
    ];
    const [frame] = await framesOf([
      sequenceItems(0x00283010, [table([0, 255], "NORMAL"), table([0, 128, 255], "SOFTER")]),
      [0x00281050, "DS", "6"],
      [0x00281051, "DS", "12"],
    ]);
    expect(frame!.windows!.map((preset) => [preset.explanation, "table" in preset])).toEqual([
      ["NORMAL", true],
      ["SOFTER", true],
      [undefined, false],
    ]);
    expect([...renderFrame(frame!).subarray(0, 3)]).toEqual([0, 255, 255]);
  });

  it("each frame of a multi-frame file its own, by the functional groups; the shared ones else", async () => {
    const voi = (center: string, width: string, name = "LINEAR"): Attribute =>
      sequenceOf(0x00289132, [
        [0x00281050, "DS", center],
        [0x00281051, "DS", width],
        [0x00281056, "CS", name],
      ]);
    const frames = await framesOf([
      ...row([0, 10, 20, 30, 0, 10, 20, 30, 0, 10, 20, 30], 12),
      [0x00280011, "US", 4],
      [0x00280008, "IS", "3"],
      sequenceItems(0x52009229, [[voi("15.5", "31")]]),
      sequenceItems(0x52009230, [[voi("10.5", "1")], [voi("10", "20", "LINEAR_EXACT")], []]),
    ]);
    expect(frames.map(({ window }) => window)).toEqual([
      { center: 10.5, width: 1 },
      { function: "LINEAR_EXACT", center: 10, width: 20 },
      { center: 15.5, width: 31 },
    ]);
    expect(frames.map((frame) => [...renderFrame(frame)])).toEqual([
      [0, 0, 255, 255],
      [0, 128, 255, 255],
      [0, 85, 170, 255],
    ]);
  });

  it("windows that the standard forbids are none", async () => {
    const windowOf = async (name: string, width: string) =>
      (
        await framesOf([
          [0x00281050, "DS", "5"],
          [0x00281051, "DS", width],
          [0x00281056, "CS", name],
        ])
      )[0]!.window;
    expect(await windowOf("LINEAR", "0.5")).toBeNull();
    expect(await windowOf("LINEAR_EXACT", "0")).toBeNull();
    expect(await windowOf("SIGMOID", "-3")).toBeNull();
    expect(await windowOf("CUBIC", "4")).toBeNull();
  });

  it("a table whose descriptor says too few bits is as deep as its entries", async () => {
    const lut = sequenceOf(0x00283010, tableItem({ first: 0, bits: 8, entries: [0, 1023] }));
    expect([...renderFrame((await framesOf([lut]))[0]!).subarray(0, 2)]).toEqual([0, 255]);
  });
});

describe("the unit of values", () => {
  const unitOf = async (attributes: Attribute[]) => (await framesOf(attributes))[0]!.unit;
  const rescale: Attribute[] = [
    [0x00281052, "DS", "-1024"],
    [0x00281053, "DS", "1"],
  ];

  it("is told by Rescale Type, by Modality LUT Type, by Units of PET, or that of CT", async () => {
    expect(await unitOf([...rescale, [0x00281054, "LO", "MGML"]])).toBe("mg/ml");
    const lut = sequenceOf(0x00283000, [
      ...tableItem({ first: 0, bits: 16, entries: [7, 8, 9] }),
      [0x00283004, "LO", "HU"],
    ]);
    expect(await unitOf([lut])).toBe("HU");
    expect(await unitOf([...rescale, [0x00281054, "LO", "US"], [0x00541001, "CS", "BQML"]])).toBe("Bq/ml");
    expect(await unitOf([...rescale, [0x00080060, "CS", "CT"]])).toBe("HU");
  });

  it("is not guessed", async () => {
    expect(await unitOf(rescale)).toBeUndefined();
    expect(await unitOf([[0x00080060, "CS", "CT"]])).toBeUndefined();
    expect(await unitOf([...rescale, [0x00281054, "LO", "MILLERS"]])).toBeUndefined();
  });
});
