/**
 * @file A file of named byte arrays with a JSON document, which says what it is, of which version, and notices damage. It is a safetensors
 * file (every array U8), so that other tools can look inside. Written and read piece by piece: neither side holds all of it.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { Problem } from "../problem/index.ts";

/** What a container holds, and up to which version this app reads it. */
export interface ContainerFormat {
  /** In the file; never rename. */
  id: string;
  version: number;
  /** For people: "run bundle". */
  noun: string;
}

export interface ContainerEntry {
  name: string;
  /** Of the bytes, where it is known. */
  sha256?: string;
  /** Called once, when it is this entry's turn. */
  read(): Uint8Array | Promise<Uint8Array>;
}

export interface WriteOptions {
  /** Waits until the bytes are on the disk. */
  isDurable?: boolean;
  signal?: AbortSignal | undefined;
  /** After each entry. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

interface Place {
  start: number;
  size: number;
  sha256: string;
}

/** `entries`: name -> `Place`, as JSON; the table that safetensors wants says the same, but `check` does not go over it. */
interface Metadata {
  format: string;
  version: string;
  document: string;
  entries: string;
  check: string;
}

const HEADER_LIMIT = 200_000_000;
/** As wide as any number can be, twice it too: the header is given its room before the entries are known. */
const WIDEST = 4_000_000_000_000_000;

/** Overwrites `path`, readable by this person only. An interrupted one has no header and is refused by `openContainer`. */
export async function writeContainer(
  path: string,
  { id, version }: ContainerFormat,
  document: unknown,
  entries: readonly ContainerEntry[],
  { isDurable = false, signal, onProgress }: WriteOptions = {},
): Promise<void> {
  const about = { format: id, version: String(version), document: JSON.stringify(document) };
  const widest = entries.map(({ name }): [string, Place] => [
    name,
    { start: WIDEST, size: WIDEST, sha256: "0".repeat(64) },
  ]);
  const room = Math.ceil((encodeHeader(about, widest).length + 1) / 8) * 8;
  const places: [string, Place][] = [];
  let start = 0;
  const file = await open(path, "w", 0o600);
  try {
    for (const { name, sha256: known, read } of entries) {
      signal?.throwIfAborted();
      const bytes = await read();
      await writeAt(file, bytes, 8 + room + start);
      places.push([name, { start, size: bytes.length, sha256: known ?? sha256(bytes) }]);
      start += bytes.length;
      onProgress?.(places.length, entries.length);
    }
    const head = new Uint8Array(8 + room).fill(0x20);
    head.set(encodeHeader(about, places), 8);
    new DataView(head.buffer).setBigUint64(0, BigInt(room), true);
    await writeAt(file, head, 0);
    if (isDurable) await file.sync();
  } finally {
    await file.close();
  }
}

function encodeHeader(
  about: Pick<Metadata, "format" | "version" | "document">,
  places: readonly [string, Place][],
): Uint8Array {
  const covered = { ...about, entries: JSON.stringify(Object.fromEntries(places)) };
  const arrays = Object.fromEntries(
    places.map(([name, { start, size }]) => [
      name,
      { dtype: "U8", shape: [size], data_offsets: [start, start + size] },
    ]),
  );
  const metadata: Metadata = { ...covered, check: checkOf(covered) };
  return new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...arrays }));
}

/** Over all that decides what the file means; the bytes of the entries have digests of their own. */
function checkOf({ format, version, document, entries }: Omit<Metadata, "check">): string {
  return sha256(new TextEncoder().encode([format, version, document, entries].join("\n")));
}

/** An open container. Close it. */
export class Container {
  /** Not checked by this class. */
  readonly document: unknown;
  readonly #file: FileHandle;
  readonly #noun: string;
  readonly #places: ReadonlyMap<string, Place>;

  constructor(
    file: FileHandle,
    { document, places, noun }: { document: unknown; places: Map<string, Place>; noun: string },
  ) {
    this.#file = file;
    this.document = document;
    this.#places = places;
    this.#noun = noun;
  }

  get names(): string[] {
    return [...this.#places.keys()];
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  /** Of the bytes of an entry, without reading them. */
  digest(name: string): string {
    return this.#place(name).sha256;
  }

  /** Throws `Problem` "corrupt-file" when the file lacks the entry or its bytes are not those that were written. */
  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { start, size, sha256 } = this.#place(name);
    return this.#checked(name, await readAt(this.#file, start, size, this.#noun), sha256);
  }

  async readIfThere(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.has(name) ? this.read(name) : undefined;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #place(name: string): Place {
    const place = this.#places.get(name);
    if (place === undefined) throw damaged(this.#noun, `It has no ${name}.`);
    return place;
  }

  #checked(name: string, bytes: Uint8Array<ArrayBuffer>, expected: string): Uint8Array<ArrayBuffer> {
    if (sha256(bytes) !== expected) throw damaged(this.#noun, `The bytes of ${name} are not those that were written.`);
    return bytes;
  }
}

/**
 * Reads the header only. Throws `Problem`: "file-unreadable"; "unsupported-file" for another kind of file or a newer version;
 * "corrupt-file" for one that is damaged or cut off.
 */
export async function openContainer(path: string, { id, version, noun }: ContainerFormat): Promise<Container> {
  const file = await open(path, "r").catch((error: unknown) => {
    throw unreadable(path, noun, error);
  });
  try {
    const { size } = await file.stat();
    if (size < 16) throw foreign(path, noun);
    const length = Number(new DataView((await readAt(file, 0, 8, noun)).buffer).getBigUint64(0, true));
    if (length > HEADER_LIMIT || 8 + length > size) throw foreign(path, noun);
    const metadata = readMetadata(await readAt(file, 8, length, noun));
    if (metadata?.format !== id) throw foreign(path, noun);
    if (Number(metadata.version) > version) throw newer(path, noun, { made: metadata.version, known: version });
    if (checkOf(metadata) !== metadata.check) throw damaged(noun, "Its header was changed.");
    const places = new Map(
      Object.entries(JSON.parse(metadata.entries) as Record<string, Place>).map(([name, place]) => [
        name,
        { ...place, start: 8 + length + place.start },
      ]),
    );
    const end = [...places.values()].reduce((last, { start, size: own }) => Math.max(last, start + own), 8 + length);
    if (end !== size) throw damaged(noun, `Expected ${end} bytes, there are ${size}.`);
    return new Container(file, { document: JSON.parse(metadata.document), places, noun });
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** null where it is not the header of a container of ours. */
function readMetadata(bytes: Uint8Array): Metadata | null {
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes)) as { __metadata__?: Partial<Metadata> } | null;
    const { format, version, document, entries, check } = header?.__metadata__ ?? {};
    const texts = [format, version, document, entries, check];
    if (!texts.every((text) => typeof text === "string")) return null;
    return { format, version, document, entries, check } as Metadata;
  } catch {
    return null; // it is some other file, and told as such
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

async function readAt(
  file: FileHandle,
  position: number,
  size: number,
  noun: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(bytes, filled, size - filled, position + filled);
    if (bytesRead === 0) throw damaged(noun, "It is cut off.");
    filled += bytesRead;
  }
  return bytes;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function damaged(noun: string, detail: string): Problem {
  return new Problem({
    code: "corrupt-file",
    title: `The ${noun} is damaged.`,
    detail,
    hint: "Copy it again from where it was made, or make it anew.",
  });
}

function foreign(path: string, noun: string): Problem {
  return new Problem({
    code: "unsupported-file",
    title: `${basename(path)}: this is not a ${noun}, or it was not written to its end.`,
    detail: "A run bundle is made by `aliquot export-run`, a run result by `aliquot run`.",
    hint: "Choose another file, or make it anew.",
  });
}

function newer(path: string, noun: string, { made, known }: { made: string; known: number }): Problem {
  return new Problem({
    code: "unsupported-file",
    title: `${basename(path)}: the ${noun} was made by a newer version of Aliquot.`,
    detail: `It has version ${made}; this app reads versions up to ${known}. The file was not changed.`,
    hint: "Update Aliquot on this computer, then try again.",
  });
}

function unreadable(path: string, noun: string, cause: unknown): Problem {
  const { code } = cause as NodeJS.ErrnoException;
  return new Problem(
    {
      code: "file-unreadable",
      title: `${basename(path)}: the ${noun} cannot be read.`,
      detail: `The system says ${code ?? "nothing more"}.`,
      hint: "Check the path and the rights of the file.",
    },
    { cause },
  );
}
