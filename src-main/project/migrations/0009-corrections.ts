/**
 * @file Version 9 of the project file. Shipped: never edit, add a migration instead.
 * A proposal may be made while a person draws, outside of any run (run_id NULL), and corrected by scribbles: a correction is a proposal of
 * its own with the one it corrects, the new scribble (JSON) and no confidence of its own. SQLite cannot drop NOT NULL, so the table is
 * written anew; what points at it is checked when all is done.
 */
export const corrections = `
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE kept_proposal AS SELECT * FROM proposal;
DROP TABLE proposal;
CREATE TABLE proposal (
  id INTEGER PRIMARY KEY,
  frame_id INTEGER NOT NULL REFERENCES frame (id),
  model_id INTEGER NOT NULL REFERENCES model (id),
  run_id INTEGER REFERENCES run (id),
  state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'edited', 'rejected', 'superseded')),
  expected_dice REAL NOT NULL,
  created_at TEXT NOT NULL,
  is_deflated INTEGER NOT NULL,
  label_map BLOB NOT NULL,
  confidence BLOB,
  corrects_id INTEGER REFERENCES proposal (id),
  scribble TEXT CHECK (scribble IS NULL OR json_valid(scribble)),
  CHECK ((corrects_id IS NULL) = (scribble IS NULL)),
  CHECK (confidence IS NOT NULL OR corrects_id IS NOT NULL)
) STRICT;
INSERT INTO proposal (id, frame_id, model_id, run_id, state, expected_dice, created_at, is_deflated, label_map, confidence)
SELECT id, frame_id, model_id, run_id, state, expected_dice, created_at, is_deflated, label_map, confidence FROM kept_proposal;
DROP TABLE kept_proposal;
CREATE INDEX proposal_frame ON proposal (frame_id);
CREATE UNIQUE INDEX proposal_pending ON proposal (frame_id) WHERE state = 'pending';
CREATE INDEX proposal_corrects ON proposal (corrects_id) WHERE corrects_id IS NOT NULL;
`;
