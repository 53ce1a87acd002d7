/** @file Rows of the image list out of its columns. */
import type { FrameColumns, FrameRow } from "../../src-main/api/contract.ts";

/** The rows as GET /frames would answer them. */
export function frameRows(columns: FrameColumns): FrameRow[] {
  const { cases, caseIndex, fileName, frameIndex, frameCount, modality, annotation, burnedIn } = columns;
  const synthetic = new Set(columns.synthetic);
  const translated = new Set(columns.translated);
  const proposals = new Map(columns.proposals.map((proposal) => [proposal.frameId, proposal]));
  return columns.frameId.map((frameId, index): FrameRow => {
    const { caseId, name: caseName, split } = cases[caseIndex[index]!]!;
    const [file, place, count] = [fileName[index]!, frameIndex[index]!, frameCount[index]!];
    return {
      frameId,
      imageId: columns.imageId[index]!,
      name: count > 1 ? `${file} · ${place + 1}` : file,
      caseId,
      caseName,
      split,
      width: columns.width[index]!,
      height: columns.height[index]!,
      modality: modality.values[modality.codes[index]!]!,
      frameIndex: place,
      frameCount: count,
      annotation: annotation.values[annotation.codes[index]!]!,
      annotatedAt: columns.annotatedAt[index]!,
      burnedIn: burnedIn.values[burnedIn.codes[index]!]!,
      isSynthetic: synthetic.has(frameId),
      ...(translated.has(frameId) && { isTranslated: true as const }),
      proposal: proposals.get(frameId) ?? null,
    };
  });
}

/** The rows with those that changed in place of what they were. */
export function withChangedRows(rows: readonly FrameRow[], changedRows: readonly FrameRow[]): FrameRow[] {
  const changed = new Map(changedRows.map((row) => [row.frameId, row]));
  return rows.map((row) => changed.get(row.frameId) ?? row);
}
