/**
 * @file What a NIfTI header has no field for: names and colors of classes, and which slices are annotated; as JSON in a comment
 * extension (code 6), which other programs leave alone. Read in a decoding process.
 */
import { z } from "zod";

export interface NiftiComment {
  classes: { value: number; name: string; color: string }[];
  /** Slices that are annotated, from 0; null: all. */
  annotated: number[] | null;
}

const schema = z.object({
  aliquot: z.literal(1),
  classes: z.array(
    z.object({ value: z.number().int().min(1).max(255), name: z.string().max(100), color: z.string().max(7) }),
  ),
  annotated: z.array(z.number().int().nonnegative()).nullable(),
});

export function niftiComment({
  classes,
  annotated,
  slices,
}: {
  classes: NiftiComment["classes"];
  annotated: number[];
  slices: number;
}): string {
  return JSON.stringify({ aliquot: 1, classes, annotated: annotated.length === slices ? null : annotated });
}

/** null for what this app did not write. */
export function readNiftiComment(text: string | null): NiftiComment | null {
  if (text === null || !text.startsWith('{"aliquot":')) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null; // a comment of another program that happens to start alike says nothing about the labels
  }
}
