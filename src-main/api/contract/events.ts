/** @file What the app tells by itself. */
import type { ValidationTrend } from "../../metrics/index.ts";
import type { ProblemFields } from "../../problem/index.ts";
import type { BackbonePaintingProgress } from "./backbones.ts";
import type { ExportProgress, PreviewProgress } from "./exports.ts";
import type { ImportState } from "./imports.ts";
import type { RedactionProgress } from "./redactions.ts";
import type { DecisionsProgress } from "./review.ts";
import type { MetricPoint, RunDoing, RunRow, RunSample } from "./runs.ts";
import type { AlignmentProgress } from "./pairings.ts";
import type { OpeningProgress } from "./session.ts";
import type { StatisticsProgress } from "./statistics.ts";
import type { Painting, SyntheticPairRow } from "./synthesis.ts";

/** Server-sent events of `GET /api/events`; `event:` is the type, `data:` the JSON below. */
export interface EventMap {
  /** Something listed changed: reload it. */
  changed: {
    what: (
      | "project"
      | "frames"
      | "runs"
      | "models"
      | "proposals"
      | "evaluations"
      | "labels"
      | "experiments"
      | "synthesis"
      | "pairings"
    )[];
    /** The only frames of which rows changed; left out when others may have, or the list itself. */
    frameIds?: number[];
  };
  import: ImportState;
  export: ExportProgress;
  preview: PreviewProgress;
  redaction: RedactionProgress;
  statistics: StatisticsProgress;
  decisions: DecisionsProgress;
  alignment: AlignmentProgress;
  run: RunRow;
  metrics: { runId: number; points: MetricPoint[] };
  /** A run bundle being written; entries of the file. */
  bundle: { runId: number; done: number; total: number; secondsLeft: number | null };
  /** A training was judged on the validation images; `samples` are new, in place of those of the same step. */
  validation: { runId: number; step: number; samples: RunSample[]; trend: ValidationTrend | null };
  /** Synthetic pairs that a run has just made. */
  pairs: { runId: number; pairs: SyntheticPairRow[] };
  /** What a training does before and between its steps. */
  doing: { runId: number; doing: RunDoing };
  /** What a synthesis paints at this moment. */
  painting: Painting & { runId: number };
  "backbone-painting": BackbonePaintingProgress;
  /** A copy of the project being written; bytes. */
  copy: { done: number; total: number; secondsLeft: number | null };
  /** A project that is not open yet, while it is looked through or made. */
  opening: OpeningProgress;
  /** Trouble in the background that no request answers for, e.g. a snapshot that failed. */
  trouble: ProblemFields;
}
