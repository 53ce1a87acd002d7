/**
 * @file Texts as token numbers of CLIP: byte pair encoding with the vocabulary and merges of a person's own files. Radford et al. 2021, arXiv:2103.00020.
 */
import { TOKENS } from "./record.ts";

const START = "<|startoftext|>";
const END = "<|endoftext|>";
const WORD_END = "</w>";
/** Words, numbers digit by digit, and runs of other signs, as CLIP parts a text. */
const WORDS = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/giu;

/** Bytes as letters that can be seen: those that are one stand for themselves, the others for code points from 256 on. */
const letterOfByte: readonly string[] = (() => {
  const seen = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(seen(byte) ? byte : next++));
})();

export interface Tokenizer {
  /** 77 numbers: start, text, end, and ends up to the last. A longer text is cut. */
  encode(text: string): Int32Array<ArrayBuffer>;
}

/** `vocabulary`: vocab.json; `merges`: merges.txt. Throws where they are no such files. */
export function clipTokenizer(vocabulary: string, merges: string): Tokenizer {
  const numbers = new Map(Object.entries(JSON.parse(vocabulary) as Record<string, number>));
  const numberOf = (token: string): number => {
    const number = numbers.get(token);
    if (typeof number === "number" && Number.isInteger(number)) return number;
    throw new Error(`the vocabulary has no number for ${JSON.stringify(token)}.`);
  };
  const pairs = merges.split("\n").filter((line) => line !== "" && !line.startsWith("#version"));
  const rank = new Map(pairs.map((pair, place) => [pair.trim(), place]));
  const [start, end] = [numberOf(START), numberOf(END)];
  return {
    encode(text) {
      const words = text.normalize("NFC").toLowerCase().match(WORDS) ?? [];
      const tokens = words.flatMap((word) => mergedPieces(word, rank).map(numberOf)).slice(0, TOKENS - 2);
      const encoded = new Int32Array(TOKENS).fill(end);
      encoded.set([start, ...tokens]);
      return encoded;
    },
  };
}

/** The pair that was merged first in training is merged first, until none is left. */
function mergedPieces(word: string, rank: ReadonlyMap<string, number>): string[] {
  let pieces = [...Buffer.from(word, "utf8")].map((byte) => letterOfByte[byte]!);
  pieces.push(`${pieces.pop()}${WORD_END}`);
  while (pieces.length > 1) {
    const ranks = pieces.slice(1).map((piece, at) => rank.get(`${pieces[at]} ${piece}`) ?? Infinity);
    const best = Math.min(...ranks);
    if (best === Infinity) break;
    const merged: string[] = [];
    for (let at = 0; at < pieces.length; at++) {
      const isPair = ranks[at] === best;
      merged.push(isPair ? `${pieces[at]}${pieces[at + 1]}` : pieces[at]!);
      if (isPair) at++;
    }
    pieces = merged;
  }
  return pieces;
}
