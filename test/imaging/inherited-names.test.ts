/**
 * @file Words of files that are also names of every JavaScript object: they are unknown words like any other.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createDecodePool, type DecodeParent, forkDecodeProcess, serveDecoding } from "../../src-main/imaging/index.ts";
import type { DecodeReply, DecodeTask } from "../../src-main/imaging/decode-messages.ts";
import { Problem } from "../../src-main/problem/index.ts";
import { type Attribute, writeTestDicom } from "./dicom-writer.ts";
import { inheritedNames } from "./inherited-names.ts";

const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));
const pool = createDecodePool({ spawn: () => forkDecodeProcess(entry), processes: 1 });
afterAll(() => pool.close());

const rescale: Attribute[] = [
  [0x00281052, "DS", "0"],
  [0x00281053, "DS", "1"],
];
const window: Attribute[] = [
  [0x00281050, "DS", "5"],
  [0x00281051, "DS", "9"],
];
/** Attributes whose words are looked up; the image decodes without them. */
const places: [name: string, attributes: (word: string) => Attribute[]][] = [
  ["VOI LUT Function", (word) => [...window, [0x00281056, "CS", word]]],
  ["Rescale Type", (word) => [...rescale, [0x00281054, "LO", word]]],
  ["Modality LUT Type", (word) => [...rescale, [0x00283004, "LO", word]]],
  ["Units", (word) => [...rescale, [0x00541001, "CS", word]]],
  ["Modality", (word) => [[0x00080060, "CS", word]]],
  ["Burned In Annotation", (word) => [[0x00280301, "CS", word]]],
];

describe.each(inheritedNames)("%s", (word) => {
  it.each(places)("as %s is an unknown term, and is not kept", async (_, attributes) => {
    const bytes = writeTestDicom(attributes(word));
    const { storedBytes, frames, modality } = await pool.inspect(bytes, { fileName: "a.dcm" });
    expect(frames[0]).not.toHaveProperty("unit");
    expect(frames[0]!.window).toBeNull();
    expect(modality).not.toBe(word);
    expect(Buffer.from(storedBytes).includes(word)).toBe(false);
  });

  it("as transfer syntax is an unknown one", async () => {
    const native = await pool.inspect(writeTestDicom([], { transferSyntax: word.padEnd(20, "\0") }), {
      fileName: "a.dcm",
    });
    expect(native.frames).toHaveLength(1);
  });

  it.each(["type", "encoding", "space", "space units", "kinds"])(
    "as NRRD field '%s' is refused or unknown",
    async (field) => {
      const fields = new Map([
        ["type", "uint8"],
        ["dimension", "3"],
        ["sizes", "4 3 2"],
        ["encoding", "raw"],
        ["space directions", "(1,0,0) (0,1,0) (0,0,1)"],
        ["space origin", "(0,0,0)"],
      ]);
      fields.set(field, field === "space units" ? `"${word}" "${word}" "${word}"` : word);
      const header = `NRRD0004\n${[...fields].map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n`;
      const bytes = Buffer.concat([Buffer.from(header), Buffer.alloc(24, 7)]);
      const refusal = await pool.inspect(bytes, { fileName: "a.nrrd" }).then(
        () => null,
        (error: unknown) => error,
      );
      if (field === "space") return expect(refusal).toBeNull();
      expect(refusal).toBeInstanceOf(Problem);
      expect((refusal as Problem).detail).not.toBe("Its content cannot be decoded.");
      expect((refusal as Problem).detail).not.toContain("stopped unexpectedly");
    },
  );

  it("as a label of nnU-Net is a class without a color", async () => {
    const description = `{"labels":{"background":0,"x":1,"${word}":2},"channel_names":{"0":"CT"},"file_ending":".png","colors":{}}`;
    const reading = pool.labels(Buffer.from(description), { fileName: "dataset.json" });
    if (word === "__proto__") return expect(reading).rejects.toThrow('One of its labels is named "__proto__"');
    const read = await reading;
    expect(read).toMatchObject({ kind: "nnunet", classes: [{ name: "x" }, { name: word, color: null }] });
  });
});

it("a result that cannot be sent is a failure of its file, and the process goes on", async () => {
  const replies: DecodeReply[] = [];
  let task: (task: DecodeTask) => void = () => undefined;
  let isFirst = true;
  const parent: DecodeParent = {
    postMessage(reply) {
      if (reply.kind === "result" && isFirst) {
        isFirst = false;
        structuredClone(() => undefined);
      }
      replies.push(reply);
    },
    onMessage: (listener) => void (task = listener),
  };
  serveDecoding(parent);
  for (let turn = 0; turn < 2; turn++) {
    task({ kind: "pixels", fileName: "a.dcm", plane: undefined, frame: 0, bytes: writeTestDicom() });
    await expect.poll(() => replies.length).toBe(2 + turn);
  }
  expect(replies.map(({ kind }) => kind)).toEqual(["ready", "failure", "result"]);
  expect(replies[1]).toMatchObject({ stack: expect.stringContaining("could not be cloned") as string });
});

it("no table of the decoders is a plain object looked up by any text", () => {
  const folder = fileURLToPath(new URL("../../src-main/imaging", import.meta.url));
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .filter((name) => /^(export )?const \w+: [\w<]*Record<string,/m.test(readFileSync(join(folder, name), "utf8")));
  expect(found).toEqual([]);
});
