/**
 * @file All migrations, oldest first: the n-th brings a file from version n - 1 to n. Append only.
 */
import type { Database } from "better-sqlite3";
import { initial } from "./0001-initial.ts";
import { frameBlobs } from "./0002-frame-blobs.ts";
import { burnedIn } from "./0003-burned-in.ts";
import { importReports } from "./0004-import-reports.ts";
import { classLocks } from "./0005-class-locks.ts";
import { labelDefinitions } from "./0006-label-definitions.ts";
import { editGroups } from "./0007-edit-groups.ts";
import { maskPatches } from "./0008-mask-patches.ts";
import { corrections } from "./0009-corrections.ts";
import { bulkActions } from "./0010-bulk-actions.ts";
import { runFigures } from "./0011-run-figures.ts";
import { reviewRecords } from "./0012-review-records.ts";
import { runRemarks } from "./0013-run-remarks.ts";
import { experiments } from "./0014-experiments.ts";
import { runDeviceReason } from "./0015-run-device-reason.ts";
import { volumeEvaluations } from "./0016-volume-evaluations.ts";
import { keptWindows } from "./0017-kept-windows.ts";
import { regionMarks } from "./0018-region-marks.ts";
import { runStatements } from "./0019-run-statements.ts";
import { runThreads } from "./0020-run-threads.ts";
import { syntheticPairs } from "./0021-synthetic-pairs.ts";
import { judgedBy } from "./0022-judged-by.ts";
import { pairings } from "./0023-pairings.ts";
import { labelProposals } from "./0024-label-proposals.ts";
import { pairChanges } from "./0025-pair-changes.ts";
import { trunks } from "./0026-trunks.ts";
import { translationScores } from "./0027-translation-scores.ts";
import { carriedOutlines } from "./0028-carried-outlines.ts";
import { labelThresholds } from "./0029-label-thresholds.ts";

export const migrations: readonly string[] = [
  initial,
  frameBlobs,
  burnedIn,
  importReports,
  classLocks,
  labelDefinitions,
  editGroups,
  maskPatches,
  corrections,
  bulkActions,
  runFigures,
  reviewRecords,
  runRemarks,
  experiments,
  runDeviceReason,
  volumeEvaluations,
  keptWindows,
  regionMarks,
  runStatements,
  runThreads,
  syntheticPairs,
  judgedBy,
  pairings,
  labelProposals,
  pairChanges,
  trunks,
  translationScores,
  carriedOutlines,
  labelThresholds,
];

/** Brings `database` to the newest version (or `target`), each step in its own transaction. */
export function migrate(database: Database, target = migrations.length): void {
  for (let version = database.pragma("user_version", { simple: true }) as number; version < target; version++) {
    database
      .transaction(() => {
        database.exec(migrations[version]!);
        database.pragma(`user_version = ${version + 1}`);
      })
      .immediate();
  }
}
