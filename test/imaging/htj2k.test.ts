/**
 * @file High-throughput JPEG 2000 in DICOM: frames of known samples, written by OpenJPH's own encoder, come back as they were. PS3.5 A.4.4, the
 * transfer syntaxes 1.2.840.10008.1.2.4.201 (lossless), .202 (lossless, resolutions first) and .203 (lossy).
 */
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { samplesOf } from "./dicom-reader.ts";
import { type Attribute, bitsOf, encapsulate, evenly, writeEncapsulated } from "./dicom-writer.ts";

interface FrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
  isSigned: boolean;
  isUsingColorTransform: boolean;
}

interface Encoder {
  getDecodedBuffer(frame: FrameInfo): Uint8Array;
  setQuality(isReversible: boolean, quantization: number): void;
  setDecompositions(count: number): void;
  /** 0 to 4: LRCP, RLCP, RPCL, PCRL, CPRL. */
  setProgressionOrder(order: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

const [WIDTH, HEIGHT] = [48, 32];
const RPCL = 2;

async function encoded(frame: Partial<FrameInfo>, samples: Uint8Array, step = 0): Promise<Uint8Array> {
  const load = createRequire(import.meta.url)("@cornerstonejs/codec-openjph/wasmjs") as () => Promise<{
    HTJ2KEncoder: new () => Encoder;
  }>;
  const encoder = new (await load()).HTJ2KEncoder();
  const plain = { width: WIDTH, height: HEIGHT, bitsPerSample: 8, componentCount: 1, isSigned: false };
  encoder.getDecodedBuffer({ ...plain, isUsingColorTransform: false, ...frame }).set(samples);
  encoder.setQuality(step === 0, step);
  encoder.setDecompositions(3);
  encoder.setProgressionOrder(RPCL);
  encoder.encode();
  const bytes = Uint8Array.from(encoder.getEncodedBuffer());
  encoder.delete();
  // COD, marker 0xff52: length, style, then the order of progression. ISO/IEC 15444-1 A.6.1.
  expect(bytes[Buffer.from(bytes).indexOf(Uint8Array.of(0xff, 0x52)) + 5]).toBe(RPCL);
  return bytes;
}

function dicomOf(stream: Uint8Array, uid: string, changes: readonly Attribute[]): Buffer {
  const size: Attribute[] = [
    [0x00280010, "US", HEIGHT],
    [0x00280011, "US", WIDTH],
  ];
  return writeEncapsulated([...size, ...changes], encapsulate([], [evenly(Buffer.from(stream))]), `${uid}\0`);
}

/** Edges and slopes, from `low` to `high`. */
const ramp = (low: number, high: number): number[] =>
  Array.from({ length: WIDTH * HEIGHT }, (_, at) => {
    const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
    return low + ((x * 131 + y * 977 + (x > 20 && y < 12 ? 5000 : 0)) % (high - low + 1));
  });

const lossless = "1.2.840.10008.1.2.4.201";
const resolutionsFirst = "1.2.840.10008.1.2.4.202";

describe.each([lossless, resolutionsFirst])("%s", (uid) => {
  it("8 bits", async () => {
    const samples = ramp(0, 255);
    const stream = await encoded({}, Uint8Array.from(samples));
    expect(await samplesOf(dicomOf(stream, uid, bitsOf(8, 8, 0)))).toEqual(samples);
  });

  it("12 of 16 bits", async () => {
    const samples = ramp(0, 4095);
    const stream = await encoded({ bitsPerSample: 12 }, new Uint8Array(Uint16Array.from(samples).buffer));
    expect(await samplesOf(dicomOf(stream, uid, bitsOf(16, 12, 0)))).toEqual(samples);
  });

  it("16 bits with a sign", async () => {
    const samples = ramp(-3000, 3000);
    const stream = await encoded(
      { bitsPerSample: 16, isSigned: true },
      new Uint8Array(Int16Array.from(samples).buffer),
    );
    expect(await samplesOf(dicomOf(stream, uid, bitsOf(16, 16, 1)))).toEqual(samples);
  });

  it("color, by the reversible transform", async () => {
    const samples = ramp(0, 255).flatMap((level) => [level, 255 - level, (level * 3) % 256]);
    const stream = await encoded({ componentCount: 3, isUsingColorTransform: true }, Uint8Array.from(samples));
    const changes: Attribute[] = [
      ...bitsOf(8, 8, 0),
      [0x00280002, "US", 3],
      [0x00280004, "CS", "YBR_RCT "],
      [0x00280006, "US", 0],
    ];
    expect(await samplesOf(dicomOf(stream, uid, changes))).toEqual(samples);
  });
});

it("lossy: each sample within the step of quantization", async () => {
  const samples = Array.from({ length: WIDTH * HEIGHT }, (_, at) => 800 + 40 * (at % WIDTH) + Math.floor(at / WIDTH));
  const stream = await encoded({ bitsPerSample: 12 }, new Uint8Array(Uint16Array.from(samples).buffer), 0.002);
  const shown = await samplesOf(dicomOf(stream, "1.2.840.10008.1.2.4.203", bitsOf(16, 12, 0)));
  const worst = Math.max(...shown.map((sample, at) => Math.abs(sample - samples[at]!)));
  expect(worst).toBeLessThanOrEqual(16); // 0.002 of 4096 is 8; the wavelets add up a few
});
