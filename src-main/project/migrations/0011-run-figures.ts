/**
 * @file Version 11 of the project file. Shipped: never edit, add a migration instead.
 * Runs: place in the queue, memory, time spent computing, and what the network said of a few validation frames each time it was judged
 * (label maps as RLE; how many are kept: run-samples.ts).
 */
export const runFigures = `
ALTER TABLE run ADD COLUMN queue_place INTEGER;
ALTER TABLE run ADD COLUMN memory_bytes INTEGER;
ALTER TABLE run ADD COLUMN peak_memory_bytes INTEGER;
ALTER TABLE run ADD COLUMN planned_memory_bytes INTEGER;
ALTER TABLE run ADD COLUMN seconds_spent REAL NOT NULL DEFAULT 0;

CREATE TABLE run_sample (
  run_id INTEGER NOT NULL REFERENCES run (id),
  step INTEGER NOT NULL,
  frame_id INTEGER NOT NULL REFERENCES frame (id),
  dice REAL,
  is_deflated INTEGER NOT NULL,
  label_map BLOB NOT NULL,
  PRIMARY KEY (run_id, step, frame_id)
) STRICT;
`;
