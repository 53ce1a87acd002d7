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
  const images = Map.groupBy(records, ({ imageId }) => imageId);
  const members = [...images.values()].map((frames) => {
    const [first] = frames as [Row, ...Row[]];
    const [seriesUid, number, geometry] =
      first.place === null ? [null, null, null] : (JSON.parse(first.place) as Place);
    const group = seriesUid === null ? `image ${first.imageId}` : `case ${first.caseId} series ${seriesUid}`;
    return { frames, group, number, geometry: geometry ?? undefined };
  });
  const groups = Map.groupBy(members, ({ group }) => group);
  return [...groups.values()].flatMap((group) => sortSeries(group).flatMap(({ frames }) => frames));
}
