/**
 * @file A person's folder looked at: which parts of Stable Diffusion lie there, told by shapes and by trying them, and what they can be used for. In
 * the worker process alone: sessions of untrusted files are opened.
 */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { availableMemory, openOnnxFile, sizeText } from "../../../engine/runtime/index.ts";
import { Problem } from "../../../problem/index.ts";
import { contextsOf, openTokenizer, readContexts, tokenizerFiles } from "./contexts.ts";
import { digested, filesOf, type FoundFile, modelFiles } from "./files.ts";
import { sessionBytes } from "./memory.ts";
import { describePorts, type Signature, signatureOf } from "./ports.ts";
import {
  type BackboneFacts,
  type BackbonePart,
  type BackboneRecord,
  missingFor,
  NEEDS,
  type PartRole,
  ROLE_NAMES,
  USE_NAMES,
  usesOf,
  type BackboneUse,
} from "./record.ts";
import { factsOf, factsOfVae, isEncoder, noiseAnswered, type Tried } from "./trials.ts";

export interface ProbedBackbone {
  record: BackboneRecord;
  /** Models of the folder that are no part, each with the reason. */
  leftOut: string[];
}

export interface ProbeRequest {
  folder: string;
  /** For a text encoder. */
  prompt: string;
  /** Bytes in place of what the machine has. */
  memoryLimit?: number | undefined;
}

interface OpenModel extends Tried {
  files: FoundFile[];
}

/** Throws `Problem` where no use can be made of the folder, or its parts do not belong together. */
export async function probeBackbone({ folder, prompt, memoryLimit }: ProbeRequest): Promise<ProbedBackbone> {
  const all = filesOf(folder);
  const models: OpenModel[] = [];
  const leftOut: string[] = [];
  try {
    const available = memoryLimit ?? availableMemory();
    let taken = 0;
    for (const model of all.filter(({ name }) => name.toLowerCase().endsWith(".onnx"))) {
      const files = modelFiles(folder, model, all);
      taken += sessionBytes(files.reduce((sum, { bytes }) => sum + bytes, 0));
      if (taken > available) throw tooLarge(model.name, { taken, available });
      const found = await openModel(folder, files);
      if (typeof found === "string") leftOut.push(`${model.name} ${found}`);
      else models.push(found);
    }
    const contexts = all.flatMap((file) => {
      const batch = readContexts(folder, file);
      return batch === null ? [] : [{ file, batch }];
    });
    const tokenizer = tokenizerFiles(all);
    const parts: BackbonePart[] = [];
    for (const model of models) {
      const role = model.signature.role === "vae" ? await settleVae(model) : model.signature.role;
      parts.push({ role, files: await digested(folder, model.files), ports: model.ports });
    }
    for (const role of new Set(models.map(({ signature }) => signature.role))) requireOne(role, models);
    const [own] = contexts;
    if (own !== undefined) {
      const { shape } = own.batch;
      const ports = `texts float32 [2, ${shape.join(", ")}]`;
      parts.push({ role: "contexts", files: await digested(folder, [own.file]), ports });
    }
    if (tokenizer !== null) parts.push({ role: "tokenizer", files: await digested(folder, tokenizer), ports: "" });
    const usable = parts.filter((part) => part.role !== "textEncoder" || tokenizer !== null);
    requireSome(folder, usable, leftOut, parts.length > usable.length);

    const text = models.find(({ signature }) => signature.role === "textEncoder");
    const isRead = own === undefined && text !== undefined && tokenizer !== null;
    const told =
      own?.batch ?? (isRead ? await contextsOf(text as never, openTokenizer(folder, tokenizer), prompt) : null);
    const shaped = await factsOf(models, told);
    const facts: BackboneFacts = {
      ...shaped,
      ...(await factsOfVae(models)),
      noiseAnswered: await noiseAnswered(models, shaped, told),
    };
    const about = { prompt: isRead ? prompt : null, parts: usable };
    return { record: { id: idOf(about), name: basename(folder), ...about, facts }, leftOut };
  } finally {
    for (const { loaded } of models) await loaded.release();
  }
}

function tooLarge(name: string, { taken, available }: { taken: number; available: number }): Problem {
  return new Problem({
    code: "not-enough-memory",
    title: `${name}: with it the weights of the backbone need about ${sizeText(taken)} of memory; ${sizeText(available)} are available.`,
    detail: "Nothing of it was opened.",
    hint: "Close other programs, export it in half precision, or leave parts out that you do not use.",
  });
}

async function openModel(folder: string, files: FoundFile[]): Promise<OpenModel | string> {
  const { name } = files[0]!;
  let loaded;
  try {
    loaded = await openOnnxFile(join(folder, name), { device: "cpu" });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Problem(
      {
        code: "corrupt-file",
        title: `${name}: ONNX Runtime cannot open it.`,
        detail: reason,
        hint: "Export it again, or take it out of the folder.",
      },
      { cause },
    );
  }
  const signature = signatureOf(loaded);
  if (typeof signature !== "string")
    return { files, loaded, signature, ports: describePorts(loaded), timesPerImage: false };
  await loaded.release();
  return signature;
}

/** Halves of a VAE whose channels are open: one takes pictures, the other latent images. */
async function settleVae(model: OpenModel): Promise<"vaeEncoder" | "vaeDecoder"> {
  const role = (await isEncoder(model)) ? "vaeEncoder" : "vaeDecoder";
  model.signature = { ...model.signature, role } as Signature;
  return role;
}

function requireOne(role: Signature["role"], models: readonly OpenModel[]): void {
  const same = models.filter(({ signature }) => signature.role === role);
  if (same.length < 2) return;
  throw new Problem({
    code: "conflict",
    title: `Several files are the same part, a ${ROLE_NAMES[role as PartRole]}: ${same.map(({ files }) => files[0]!.name).join(", ")}.`,
    hint: "Leave one of them in the folder.",
  });
}

function requireSome(
  folder: string,
  parts: readonly BackbonePart[],
  leftOut: readonly string[],
  lacksTokenizer: boolean,
): void {
  if (usesOf({ parts }).length > 0) return;
  const found = parts.map(({ role, files }) => `${ROLE_NAMES[role]} (${files[0]!.name})`);
  const needed = (Object.keys(NEEDS) as BackboneUse[]).map(
    (use) => `To ${USE_NAMES[use]} there is no ${missingFor({ parts }, use).join(", no ")}.`,
  );
  throw new Problem({
    code: "not-enough-data",
    title: `${basename(folder)}: nothing can be done with what is there.`,
    detail: [
      `Found: ${found.length === 0 ? "no part" : found.join(", ")}.`,
      ...needed,
      ...(lacksTokenizer ? ["A text encoder without vocab.json and merges.txt reads no text."] : []),
      ...leftOut,
    ].join(" "),
    hint: "Export what is missing as docs/backbones.md says, into the same folder.",
  });
}

function idOf({ prompt, parts }: Pick<BackboneRecord, "prompt" | "parts">): string {
  const lines = parts.flatMap(({ role, files }) => files.map(({ sha256 }) => `${role} ${sha256}`)).toSorted();
  if (prompt !== null) lines.push(`prompt ${prompt}`);
  return createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16);
}
