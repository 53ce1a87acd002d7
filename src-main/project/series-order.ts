/**
 * @file The order in which images of one DICOM series are listed: that of their slices, whatever the files are called.
 */
import { type FrameGeometry, sortSeries } from "../voxels/index.ts";

export interface PlacedRecord {
  caseId: number;
  imageId: number;
  /** JSON of the first frame of an image: series UID, instance number, geometry. null where there is none. */
  place: string | null;
}

type Place = [seriesUid: string | null, number: number | null, geometry: FrameGeometry | null];

/**
 * `records` sorted by case, the frames of an image in a row: the images of each series moved to where its first image stands, and
 * sorted along the normal of their planes, else by instance number.
 */
export function inSeriesOrder<Row extends PlacedRecord>(records: readonly Row[]): Row[] {
  const groups: { number: number | null; geometry: FrameGeometry | undefined; frames: Row[] }[][] = [];
  const series = new Map<string, (typeof groups)[number]>();
  /** Of the image before. */
  let frames: Row[] = [];
  for (const record of records) {
    if (frames[0]?.imageId === record.imageId) {
      frames.push(record);
      continue;
    }
    const [seriesUid, number, geometry] =
      record.place === null ? [null, null, null] : (JSON.parse(record.place) as Place);
    const key = seriesUid === null ? null : `${record.caseId} ${seriesUid}`;
    let group = key === null ? undefined : series.get(key);
    if (group === undefined) {
      group = [];
      groups.push(group);
      if (key !== null) series.set(key, group);
    }
    frames = [record];
    group.push({ frames, number, geometry: geometry ?? undefined });
  }
  return groups.flatMap((group) => (group.length === 1 ? group : sortSeries(group)).flatMap(({ frames }) => frames));
}
