/**
 * @file Version 24 of the project file. Shipped: never edit, add a migration instead.
 * What models say of whole images. `label_proposal` waits for a person and never stands in place of a label; `label_decision` says what the person made of it, and by
 * which change of the labels: where that change is undone, the proposal waits again. `label_answer` keeps what a model said where the truth was known, with that
 * truth. subject_id: the image or case that the label tells of.
 */
export const labelProposals = `
CREATE TABLE label_proposal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  frame_id INTEGER NOT NULL REFERENCES frame (id),
  definition_id INTEGER NOT NULL REFERENCES label_definition (id),
  subject_id INTEGER NOT NULL,
  model_id INTEGER NOT NULL REFERENCES model (id),
  run_id INTEGER NOT NULL REFERENCES run (id),
  created_at TEXT NOT NULL,
  is_superseded INTEGER NOT NULL DEFAULT 0 CHECK (is_superseded IN (0, 1)),
  class_name TEXT,
  number REAL,
  probability REAL,
  uncertainty REAL NOT NULL,
  answer TEXT NOT NULL CHECK (json_valid(answer)),
  evidence TEXT NOT NULL CHECK (json_valid(evidence)),
  CHECK ((class_name IS NULL) <> (number IS NULL))
) STRICT;
CREATE INDEX label_proposal_frame ON label_proposal (frame_id, definition_id);

CREATE TABLE label_decision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  proposal_id INTEGER NOT NULL REFERENCES label_proposal (id),
  decision TEXT NOT NULL CHECK (decision IN ('accepted', 'changed', 'rejected', 'reopened')),
  change_id INTEGER REFERENCES label_change (id),
  class_name TEXT,
  number REAL,
  is_unseen INTEGER NOT NULL DEFAULT 0 CHECK (is_unseen IN (0, 1)),
  decided_at TEXT NOT NULL
) STRICT;
CREATE INDEX label_decision_proposal ON label_decision (proposal_id);

CREATE TABLE label_answer (
  run_id INTEGER NOT NULL REFERENCES run (id),
  frame_id INTEGER NOT NULL REFERENCES frame (id),
  definition_id INTEGER NOT NULL REFERENCES label_definition (id),
  class_name TEXT,
  number REAL,
  answer TEXT NOT NULL CHECK (json_valid(answer)),
  PRIMARY KEY (run_id, frame_id, definition_id),
  CHECK ((class_name IS NULL) <> (number IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER label_decision_is_append_only BEFORE UPDATE ON label_decision
BEGIN SELECT RAISE(ABORT, 'decisions on labels are append-only'); END;
`;
