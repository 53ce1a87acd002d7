/** @file What a translation takes together: images whose intensities have one scale. */
import type { SourceFrame } from "./case-source.ts";

/** Slices of a volume together; other images of a patient too, whose intensities have one scale, but each is an image of its own. */
export function translationSeries<F extends Pick<SourceFrame, "caseId" | "volume">>(frames: readonly F[]): F[][] {
  const keyOf = ({ volume, caseId }: F): string => (volume === undefined ? `case ${caseId}` : `volume ${volume.id}`);
  return [...Map.groupBy(frames, keyOf).values()];
}
