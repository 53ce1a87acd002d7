import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { type ContainerFormat, openContainer, writeContainer } from "../../src-main/runs/container.ts";

const folder = mkdtempSync(join(tmpdir(), "aliquot-container-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const format: ContainerFormat = { id: "aliquot-test", version: 2, noun: "box" };
const source = Uint8Array.from({ length: 1000 }, (_, index) => index & 255);
const document = { greeting: 'Länge "x"', nested: [1, null] };
const entries = [
  { name: "a/7", read: () => source },
  { name: "b", read: () => Promise.resolve(Uint8Array.of(1, 2, 3)) },
  { name: "empty", read: () => new Uint8Array(0) },
];

async function write(name: string, as: ContainerFormat = format): Promise<string> {
  const path = join(folder, name);
  await writeContainer(path, as, document, entries);
  return path;
}

const problem = (code: string, title: string | RegExp) =>
  expect.objectContaining({ name: "Problem", code, title: expect.stringMatching(title) as string }) as unknown;

test("it is a safetensors file and gives back what was written, piece by piece", async () => {
  const path = await write("whole");
  const plain = decodeSafetensors(readFileSync(path));
  expect(Object.keys(plain.tensors)).toEqual(["a/7", "b", "empty"]);
  expect(plain.metadata).toMatchObject({ format: "aliquot-test", version: "2", document: JSON.stringify(document) });
  const container = await openContainer(path, format);
  expect(container.document).toEqual(document);
  expect(await container.read("b")).toEqual(Uint8Array.of(1, 2, 3));
  expect(await container.read("a/7")).toEqual(source);
  expect(await container.read("empty")).toEqual(new Uint8Array(0));
  expect(await container.readIfThere("c")).toBeUndefined();
  await expect(container.read("c")).rejects.toEqual(problem("corrupt-file", "The box is damaged"));
  await container.close();
});

test("one of a newer version, of another kind, or no container at all is refused as what it is", async () => {
  const newer = await write("newer.box", { ...format, version: 3 });
  await expect(openContainer(newer, format)).rejects.toEqual(
    problem("unsupported-file", /^newer\.box: .*newer version/),
  );
  const other = await write("other.box", { ...format, id: "aliquot-other" });
  await expect(openContainer(other, format)).rejects.toEqual(problem("unsupported-file", /this is not a box/));
  for (const bytes of [Buffer.alloc(0), Buffer.from("hello"), Buffer.alloc(100, 200), Buffer.alloc(64)]) {
    const path = join(folder, "foreign.box");
    writeFileSync(path, bytes);
    await expect(openContainer(path, format)).rejects.toEqual(problem("unsupported-file", /this is not a box/));
  }
  await expect(openContainer(join(folder, "none"), format)).rejects.toEqual(
    problem("file-unreadable", /cannot be read/),
  );
});

test("no byte can be changed or lost unnoticed", async () => {
  const path = await write("damaged");
  const good = readFileSync(path);
  const readAll = async () => {
    const container = await openContainer(path, format);
    try {
      for (const { name } of entries) await container.read(name);
      return container.document;
    } finally {
      await container.close();
    }
  };
  const header = 8 + Number(good.readBigUInt64LE(0));
  const accepted: number[] = [];
  for (let at = 0; at < good.length; at += at < header ? 1 : 97) {
    const bytes = Buffer.from(good);
    bytes[at]! ^= 1;
    writeFileSync(path, bytes);
    const outcome = await readAll().catch((error: Error) => error);
    if (outcome instanceof Error) expect(outcome.name).toBe("Problem");
    else if (at < header) accepted.push(at);
    else expect(outcome).toBe("refused");
  }
  // Padding, and words of the container that say nothing: what comes through is what was written.
  for (const at of accepted) {
    const bytes = Buffer.from(good);
    bytes[at]! ^= 1;
    writeFileSync(path, bytes);
    expect(await readAll()).toEqual(document);
  }
  for (const length of [good.length - 1, header + 10, header - 3, 20, 7]) {
    writeFileSync(path, good);
    truncateSync(path, length);
    await expect(readAll()).rejects.toEqual(problem(length < header ? "unsupported-file" : "corrupt-file", /box/));
  }
  writeFileSync(path, Buffer.concat([good, Buffer.of(0)]));
  await expect(readAll()).rejects.toEqual(problem("corrupt-file", /damaged/));
});

test("one that was not written to its end is no container", async () => {
  const path = join(folder, "partial");
  const failing = [...entries, { name: "bad", read: () => Promise.reject(new Error("no")) }];
  await expect(writeContainer(path, format, document, failing)).rejects.toThrow("no");
  await expect(openContainer(path, format)).rejects.toEqual(problem("unsupported-file", /not written to its end/));
});
