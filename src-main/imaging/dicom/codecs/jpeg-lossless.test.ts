import { describe, expect, it } from "vitest";
import { Random } from "../../../random/index.ts";
import { jpegLossless } from "./jpeg-lossless.ts";

interface Setting {
  width: number;
  height: number;
  channels: number;
  precision: number;
  predictor: number;
  /** Lines between restart markers; 0: none. */
  restartLines?: number;
  pointTransform?: number;
  /** One scan a channel, each with a table of its own. */
  isSeparate?: boolean;
}

const segment = (marker: number, content: number[]): number[] => [
  0xff,
  marker,
  (content.length + 2) >> 8,
  (content.length + 2) & 255,
  ...content,
];

/** Sizes 0 to 15 have codes of 5 bits and size 16 one of 5 bits and a bit more: long differences exceed any short look-ahead. */
const tableOf = (slot: number): number[] => [
  slot,
  ...[0, 0, 0, 0, 17, ...Array<number>(11).fill(0)],
  ...Array.from({ length: 17 }, (_, size) => size),
];

/** T.81 annex H, written from the text: an encoder that shares nothing with the decoder. */
function encode(samples: number[], setting: Setting): Uint8Array {
  const { width, height, channels, precision, predictor, restartLines = 0, pointTransform = 0, isSeparate } = setting;
  const all = Array.from({ length: channels }, (_, channel) => channel);
  const bytes = [
    ...[0xff, 0xd8],
    ...segment(0xc3, [
      precision,
      height >> 8,
      height & 255,
      width >> 8,
      width & 255,
      channels,
      ...all.flatMap((id) => [id, 0x11, 0]),
    ]),
    ...segment(
      0xc4,
      all.flatMap((id) => tableOf(id)),
    ),
    ...(restartLines > 0 ? segment(0xdd, [(restartLines * width) >> 8, (restartLines * width) & 255]) : []),
  ];
  for (const scan of isSeparate ? all.map((id) => [id]) : [all]) {
    bytes.push(...segment(0xda, [scan.length, ...scan.flatMap((id) => [id, id << 4]), predictor, 0, pointTransform]));
    let bits = "";
    const flush = (): void => {
      while (bits.length % 8 !== 0) bits += "1";
      for (const byte of (bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)))
        bytes.push(...(byte === 0xff ? [0xff, 0] : [byte]));
      bits = "";
    };
    const at = (x: number, y: number, id: number): number =>
      samples[(y * width + x) * channels + id]! >> pointTransform;
    for (let y = 0; y < height; y++) {
      const isFirst = y === 0 || (restartLines > 0 && y % restartLines === 0);
      if (isFirst && y > 0) {
        flush();
        bytes.push(0xff, 0xd0 + ((y / restartLines - 1) % 8));
      }
      for (let x = 0; x < width; x++) {
        for (const id of scan) {
          const [a, b, c] = [() => at(x - 1, y, id), () => at(x, y - 1, id), () => at(x - 1, y - 1, id)];
          let guess: number;
          if (isFirst) guess = x === 0 ? 2 ** (precision - pointTransform - 1) : a();
          else if (x === 0) guess = b();
          else {
            const guesses = [
              a(),
              b(),
              c(),
              a() + b() - c(),
              a() + ((b() - c()) >> 1),
              b() + ((a() - c()) >> 1),
              (a() + b()) >> 1,
            ];
            guess = guesses[predictor - 1]!;
          }
          const difference = ((at(x, y, id) - guess) << 16) >> 16;
          const size = difference === -32_768 ? 16 : difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
          const value = difference < 0 ? difference + 2 ** size - 1 : difference;
          bits += size.toString(2).padStart(5, "0");
          if (size > 0 && size < 16) bits += value.toString(2).padStart(size, "0");
        }
      }
    }
    flush();
  }
  return Uint8Array.from([...bytes, 0xff, 0xd9]);
}

async function roundTrip(setting: Setting): Promise<void> {
  const { width, height, channels, precision, pointTransform = 0 } = setting;
  const random = new Random(1, "jpeg-lossless", precision);
  // Calm and wild lines: short codes and the longest.
  const samples = Array.from({ length: width * height * channels }, (_, index) => {
    const isCalm = Math.floor(index / (width * channels)) % 3 > 0;
    const value = isCalm ? 2 ** (precision - 1) + (random.uint32() % 4) : random.uint32() % 2 ** precision;
    return (value >> pointTransform) << pointTransform;
  });
  const decode = await jpegLossless.load();
  const { cells } = decode(encode(samples, setting), {
    width,
    height,
    channels,
    bitsAllocated: precision <= 8 ? 8 : 16,
  });
  expect(Array.from(cells)).toEqual(samples);
}

const small = { width: 23, height: 17, channels: 1, precision: 16, predictor: 1 };

describe("lossless JPEG", () => {
  it.each([1, 2, 3, 4, 5, 6, 7])("undoes predictor %i", (predictor) => roundTrip({ ...small, predictor }));
  it.each([2, 8, 9, 12, 16])("reads %i bits", (precision) => roundTrip({ ...small, precision, predictor: 4 }));
  it("reads interleaved channels, each with its own table", () =>
    roundTrip({ ...small, channels: 3, precision: 8, predictor: 6 }));
  it("reads one scan a channel", () =>
    roundTrip({ ...small, channels: 3, precision: 8, predictor: 5, isSeparate: true }));
  it("starts anew after restart markers", () => roundTrip({ ...small, predictor: 7, restartLines: 4 }));
  it("puts back the bits of the point transform", () => roundTrip({ ...small, predictor: 2, pointTransform: 3 }));

  it("refuses a scan that ends early, and a restart marker that is missing", async () => {
    const decode = await jpegLossless.load();
    const expected = { ...small, bitsAllocated: 16 };
    const samples = Array.from({ length: 23 * 17 }, (_, index) => index);
    const whole = encode(samples, { ...small, restartLines: 4 });
    expect(() => decode(whole.subarray(0, whole.length - 40), expected)).toThrow("cut off");
    const marker = whole.findIndex((byte, at) => byte === 0xff && whole[at + 1] === 0xd1);
    const without = Uint8Array.from([...whole.subarray(0, marker), ...whole.subarray(marker + 2)]);
    expect(() => decode(without, expected)).toThrow();
  });
});
