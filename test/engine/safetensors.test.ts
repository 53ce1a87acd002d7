import { describe, expect, it } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../../src-main/engine/safetensors.ts";

/** A file with this header text and this many bytes of data. */
function file(header: unknown, dataBytes = 0, headBytes?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headBytes ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (start: number, end: number, shape: unknown = [(end - start) / 4], dtype: unknown = "F32") => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

describe("safetensors", () => {
  it("keeps every bit, also NaN payloads and negative zero", () => {
    const floats = new Float32Array(new Uint32Array([0x7fc00001, 0x80000000, 0x00000001, 0x3f800000]).buffer);
    const written = encodeSafetensors({
      tensors: {
        a: { shape: [2, 2], data: floats },
        b: { shape: [], data: BigInt64Array.of(-(2n ** 62n)) },
        c: { shape: [0, 3], data: new Uint8Array(0) },
        d: { shape: [1], data: Int32Array.of(-1) },
      },
      metadata: { who: "ä" },
    });
    const read = decodeSafetensors(written);
    expect(new Uint32Array((read.tensors["a"]!.data as Float32Array).buffer)).toEqual(new Uint32Array(floats.buffer));
    expect(read.tensors["b"]).toEqual({ shape: [], data: BigInt64Array.of(-(2n ** 62n)) });
    expect(read.tensors["c"]!.shape).toEqual([0, 3]);
    expect(read.tensors["d"]!.data).toEqual(Int32Array.of(-1));
    expect({ ...read.metadata }).toEqual({ who: "ä" });
  });

  it("reads from a view into a larger buffer, such as Node's pooled Buffers", () => {
    const written = encodeSafetensors({ tensors: { a: { shape: [1], data: Float32Array.of(7) } }, metadata: {} });
    const pooled = Buffer.concat([Buffer.from([1, 2, 3]), written]).subarray(3);
    expect(decodeSafetensors(pooled).tensors["a"]!.data).toEqual(Float32Array.of(7));
  });

  it("refuses to write a shape that does not fit its numbers", () => {
    expect(() =>
      encodeSafetensors({ tensors: { a: { shape: [3], data: new Float32Array(2) } }, metadata: {} }),
    ).toThrow(/a: shape/);
  });

  it.each([
    ["an empty file", new Uint8Array(0)],
    ["seven bytes", new Uint8Array(7)],
    ["a header longer than the file", file("{}", 0, 1000n)],
    ["a header of 2^63 bytes", file("{}", 0, 2n ** 63n)],
    ["a header that is not JSON", file("{nope")],
    ["a header that is not UTF-8", Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, 0xff])],
    ["a header that is a list", file("[]")],
    ["metadata that is not text", file({ __metadata__: { a: 1 } })],
    ["an entry that is not an object", file({ a: null })],
    ["an unknown dtype", file({ a: entry(0, 4, [1], "F8_E4M3") }, 4)],
    ["a dtype from the prototype", file({ a: entry(0, 4, [1], "constructor") }, 4)],
    ["a negative size", file({ a: entry(0, 4, [-1]) }, 4)],
    ["a fractional size", file({ a: entry(0, 4, [0.5]) }, 4)],
    ["a size beyond exact integers", file({ a: entry(0, 4, [2 ** 60]) }, 4)],
    ["sizes whose product overflows", file({ a: entry(0, 4, [2 ** 50, 2 ** 50, 2 ** 50]) }, 4)],
    ["offsets in text", file({ a: { dtype: "F32", shape: [1], data_offsets: ["0", "4"] } }, 4)],
    ["one offset", file({ a: { dtype: "F32", shape: [1], data_offsets: [0] } }, 4)],
    ["an end past the file", file({ a: entry(0, 8) }, 4)],
    ["an end before the start", file({ a: entry(4, 0, [1]) }, 4)],
    ["bytes that do not match the shape", file({ a: entry(0, 8, [1]) }, 8)],
    ["overlapping tensors", file({ a: entry(0, 8), b: entry(4, 12) }, 12)],
    ["a hole between tensors", file({ a: entry(0, 4), b: entry(8, 12) }, 12)],
    ["bytes after the last tensor", file({ a: entry(0, 4) }, 8)],
  ])("refuses %s", (_, bytes) => {
    expect(() => decodeSafetensors(bytes)).toThrow(/^safetensors: /);
  });

  it("never crashes on a file with random bytes changed", () => {
    const good = encodeSafetensors({ tensors: { a: { shape: [4], data: new Float32Array(4) } }, metadata: { k: "v" } });
    for (let at = 0; at < good.length; at++) {
      for (const value of [0x00, 0x22, 0x7b, 0xff]) {
        const bad = Uint8Array.from(good);
        bad[at] = value;
        try {
          decodeSafetensors(bad);
        } catch (error) {
          expect((error as Error).message).toMatch(/^safetensors: /);
        }
      }
    }
  });
});
