/** @file The two texts that are ever needed, a prompt and none, as vectors of their tokens `[2, 77, width]`: from a file, or from a text encoder. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeSafetensors } from "../../../engine/safetensors.ts";
import { clipTokenizer, type Tokenizer } from "./clip-tokens.ts";
import type { FoundFile } from "./files.ts";
import { type Batch, encodeTexts, type OpenPart } from "./part-session.ts";
import type { Signature } from "./ports.ts";
import { TOKENS } from "./record.ts";

/** A tensor `[2, 77, 2048]` and its header have less. */
const LARGEST_CONTEXTS = 4 * 2 ** 20;
/** 49408 tokens take a million. */
const LARGEST_VOCABULARY = 16 * 2 ** 20;

/** The contexts that a file holds, prompt first; null where it is no such file. */
export function readContexts(folder: string, { name, bytes }: FoundFile): Batch | null {
  if (!name.endsWith(".safetensors") || bytes > LARGEST_CONTEXTS) return null;
  let file;
  try {
    file = decodeSafetensors(readFileSync(join(folder, name)));
  } catch {
    return null; // some other network's weights, in halves say
  }
  const tensors = Object.values(file.tensors);
  const [only] = tensors;
  if (tensors.length !== 1 || !(only!.data instanceof Float32Array)) return null;
  const [texts, tokens, width] = only!.shape;
  if (only!.shape.length !== 3 || texts !== 2 || tokens !== TOKENS || !width) return null;
  return { shape: [TOKENS, width], data: only!.data };
}

/** vocab.json and merges.txt of one folder; null where there are none. */
export function tokenizerFiles(all: readonly FoundFile[]): [FoundFile, FoundFile] | null {
  for (const vocabulary of all) {
    if (!/(^|\/)vocab\.json$/.test(vocabulary.name)) continue;
    const beside = vocabulary.name.replace(/vocab\.json$/, "merges.txt");
    const merges = all.find(({ name }) => name === beside);
    const isSmall = Math.max(vocabulary.bytes, merges?.bytes ?? 0) <= LARGEST_VOCABULARY;
    if (merges !== undefined && isSmall) return [vocabulary, merges];
  }
  return null;
}

export function openTokenizer(folder: string, [vocabulary, merges]: readonly [FoundFile, FoundFile]): Tokenizer {
  const read = ({ name }: FoundFile): string => readFileSync(join(folder, name), "utf8");
  return clipTokenizer(read(vocabulary), read(merges));
}

export function contextsOf(
  part: OpenPart<Extract<Signature, { role: "textEncoder" }>>,
  tokenizer: Tokenizer,
  prompt: string,
): Promise<Batch> {
  return encodeTexts(part, [tokenizer.encode(prompt), tokenizer.encode("")]);
}
