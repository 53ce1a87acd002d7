/** @file The parts of a backbone that some work needs, opened where they lie on this machine. In the worker process alone. */
import { join } from "node:path";
import { openOnnxFile } from "../../../engine/runtime/index.ts";
import type { BackboneShelf, ComputeDevice } from "../../start-request.ts";
import { contextsOf, openTokenizer, readContexts } from "./contexts.ts";
import { requireUnchanged } from "./files.ts";
import type { Batch, OpenPart } from "./part-session.ts";
import { type Signature, signatureOf } from "./ports.ts";
import { backboneNotHere, type BackboneRecord, partOf, type PartRole, ROLE_NAMES } from "./record.ts";

/** Of parts by their role; the roles of open ones are known. */
export type PartOf<Role extends PartRole> = OpenPart<Extract<Signature, { role: Role }>>;

export interface OpenBackbone {
  readonly record: BackboneRecord;
  part<Role extends PartRole>(role: Role): PartOf<Role>;
  /** Vectors of prompt and empty text, `[2, 77, width]`. A text encoder is opened for it and let go. */
  contexts(): Promise<Batch>;
  release(): Promise<void>;
}

export interface OpenOptions {
  shelf: BackboneShelf | undefined;
  roles: readonly PartRole[];
  device: ComputeDevice;
  threads?: number | undefined;
}

/** Throws `Problem` where it is not on this machine, or a file of it has changed. */
export async function openBackbone(
  record: BackboneRecord,
  { shelf, roles, device, threads }: OpenOptions,
): Promise<OpenBackbone> {
  const folder = shelf?.find(record.id)?.folder ?? null;
  if (folder === null) throw backboneNotHere(record);
  const open = new Map<PartRole, OpenPart>();
  const openOne = async (role: PartRole): Promise<OpenPart> => {
    const part = partOf(record, role);
    if (part === undefined) throw new Error(`backbone ${record.id} has no ${ROLE_NAMES[role]}.`);
    await requireUnchanged(folder, part);
    const loaded = await openOnnxFile(join(folder, part.files[0]!.name), { device, threads });
    const found = signatureOf(loaded);
    if (typeof found === "string") throw new Error(`${part.files[0]!.name} ${found}`);
    const signature = { ...found, role } as Signature;
    return { loaded, signature, timesPerImage: record.facts.timesPerImage[role] ?? false };
  };
  const release = async (): Promise<void> => {
    for (const { loaded } of open.values()) await loaded.release();
    open.clear();
  };
  try {
    for (const role of roles) open.set(role, await openOne(role));
  } catch (error) {
    await release();
    throw error;
  }
  return {
    record,
    part: <Role extends PartRole>(role: Role) => open.get(role) as PartOf<Role>,
    async contexts() {
      const file = partOf(record, "contexts");
      if (file !== undefined) {
        await requireUnchanged(folder, file);
        return readContexts(folder, file.files[0]!)!;
      }
      const tokenizer = partOf(record, "tokenizer")!;
      await requireUnchanged(folder, tokenizer);
      const [vocabulary, merges] = tokenizer.files;
      const encoder = await openOne("textEncoder");
      try {
        return await contextsOf(
          encoder as PartOf<"textEncoder">,
          openTokenizer(folder, [vocabulary!, merges!]),
          record.prompt ?? "",
        );
      } finally {
        await encoder.loaded.release();
      }
    },
    release,
  };
}
