/**
 * @file The image list column by column: a fifth of the bytes and of the time of rows, so that 100 000 images are listed at once.
 */
import type { BurnedInState, Coded, FrameColumns, MaskOrigin, ProposalRow, Split } from "../api/contract.ts";
import { burnedInState } from "./burned-in.ts";
import type { ProjectFile } from "./file.ts";
import { inSeriesOrder } from "./series-order.ts";

/** A row as SQLite hands it out, in the order of the columns below. */
type RawFrame = [
  frameId: number,
  imageId: number,
  fileName: string,
  caseId: number,
  caseName: string,
  split: Split | null,
  width: number,
  height: number,
  modality: string | null,
  frameIndex: number,
  annotation: MaskOrigin | null,
  annotatedAt: string | null,
  burnedIn: BurnedInState,
  place: string | null,
];

const FRAMES = `
  SELECT frame.id, frame.image_id, image.file_name, image.case_id, case_.name, case_.split, frame.width, frame.height,
    image.modality, frame.frame_index, mask_revision.origin, mask_revision.created_at, ${burnedInState},
    iif(image.format = 'dicom' AND frame.frame_index = 0,
      json_extract(frame.metadata, '$.instance.seriesUid', '$.instance.number', '$.geometry'), NULL)
  FROM frame JOIN image ON image.id = frame.image_id JOIN case_ ON case_.id = image.case_id
  LEFT JOIN mask_revision ON mask_revision.id = frame.head_id
  LEFT JOIN burned_in ON burned_in.frame_id = frame.id
  WHERE image.removed_by IS NULL
  ORDER BY case_.id, image.file_name, image.id, frame.frame_index`;

const PROPOSALS = `
  SELECT proposal.id AS proposalId, proposal.frame_id AS frameId, model_id AS modelId, state, expected_dice AS expectedDice
  FROM proposal JOIN (SELECT max(id) AS id FROM proposal WHERE state <> 'superseded' GROUP BY frame_id) AS latest
    ON latest.id = proposal.id`;

// Few are synthetic: JSON is read only of those that hold the word.
export const IS_SYNTHETIC = `(instr(frame.metadata, '"synthetic"') > 0
  AND json_extract(frame.metadata, '$.synthetic') IS NOT NULL)`;
/** Of them those that show a patient in another modality. */
export const IS_TRANSLATED = `(instr(frame.metadata, '"translatedFrom"') > 0
  AND json_extract(frame.metadata, '$.synthetic.translatedFrom') IS NOT NULL)`;
const TRANSLATED = `SELECT id FROM frame WHERE ${IS_TRANSLATED}`;
const SYNTHETIC = `SELECT id FROM frame WHERE ${IS_SYNTHETIC}`;

/** All frames, in the order of `Images.frames()`. Filled row by row: an import asks often, and whole rows of all frames were most of its memory. */
export function frameColumns(file: ProjectFile): FrameColumns {
  const [modality, annotation, burnedIn] = [
    new Codes<string | null>(),
    new Codes<MaskOrigin | null>(),
    new Codes<BurnedInState>(),
  ];
  const perImage = new Map<number, number>();
  const caseIndexes = new Map<number, number>();
  const places: { index: number; imageId: number; caseId: number; place: string | null }[] = [];
  const columns: FrameColumns = {
    frameId: [],
    imageId: [],
    fileName: [],
    cases: [],
    caseIndex: [],
    width: [],
    height: [],
    modality: modality.column,
    frameIndex: [],
    frameCount: [],
    annotation: annotation.column,
    annotatedAt: [],
    burnedIn: burnedIn.column,
    synthetic: file.all<{ id: number }>(SYNTHETIC).map(({ id }) => id),
    translated: file.all<{ id: number }>(TRANSLATED).map(({ id }) => id),
    proposals: file.all<ProposalRow>(PROPOSALS),
  };
  let isPlaced = false;
  file.each<RawFrame>(FRAMES, (row) => {
    const [frameId, imageId, fileName, caseId, name, split, width, height, ...rest] = row;
    const [itsModality, frameIndex, itsAnnotation, annotatedAt, itsBurnedIn, place] = rest;
    if (place !== null) isPlaced = true;
    places.push({ index: places.length, imageId, caseId, place });
    if (!caseIndexes.has(caseId)) caseIndexes.set(caseId, columns.cases.push({ caseId, name, split }) - 1);
    perImage.set(imageId, (perImage.get(imageId) ?? 0) + 1);
    columns.frameId.push(frameId);
    columns.imageId.push(imageId);
    columns.fileName.push(fileName);
    columns.caseIndex.push(caseIndexes.get(caseId)!);
    columns.width.push(width);
    columns.height.push(height);
    columns.frameIndex.push(frameIndex);
    columns.annotatedAt.push(annotatedAt);
    modality.push(itsModality);
    annotation.push(itsAnnotation);
    burnedIn.push(itsBurnedIn);
  });
  columns.frameCount = columns.imageId.map((imageId) => perImage.get(imageId)!);
  return isPlaced ? reordered(columns, inSeriesOrder(places)) : columns;
}

/** Slices of DICOM series go by their place; where there are none, the order of the query stands. */
function reordered(columns: FrameColumns, order: readonly { index: number }[]): FrameColumns {
  const sorted = <Value>(column: readonly Value[]): Value[] => order.map(({ index }) => column[index]!);
  const { modality, annotation, burnedIn } = columns;
  return {
    ...columns,
    frameId: sorted(columns.frameId),
    imageId: sorted(columns.imageId),
    fileName: sorted(columns.fileName),
    caseIndex: sorted(columns.caseIndex),
    width: sorted(columns.width),
    height: sorted(columns.height),
    modality: { ...modality, codes: sorted(modality.codes) },
    frameIndex: sorted(columns.frameIndex),
    frameCount: sorted(columns.frameCount),
    annotation: { ...annotation, codes: sorted(annotation.codes) },
    annotatedAt: sorted(columns.annotatedAt),
    burnedIn: { ...burnedIn, codes: sorted(burnedIn.codes) },
  };
}

/** A column of few different values, as their numbers. */
class Codes<Value> {
  readonly column: Coded<Value> = { values: [], codes: [] };
  readonly #codes = new Map<Value, number>();

  push(value: Value): void {
    let code = this.#codes.get(value);
    if (code === undefined) this.#codes.set(value, (code = this.column.values.push(value) - 1));
    this.column.codes.push(code);
  }
}
