/**
 * @file Version 1 of the project file. Shipped: never edit, add a migration instead.
 */
export const initial = `
CREATE TABLE project (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  created_at TEXT NOT NULL,
  edits INTEGER NOT NULL DEFAULT 0,
  snapshot_edits INTEGER NOT NULL DEFAULT -1,
  patient_salt BLOB NOT NULL DEFAULT (randomblob(16))
) STRICT;

CREATE TABLE label_class (
  value INTEGER PRIMARY KEY CHECK (value BETWEEN 1 AND 255),
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  color TEXT NOT NULL
) STRICT;

CREATE TABLE blob (
  sha256 TEXT PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE case_ (
  id INTEGER PRIMARY KEY,
  patient_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  split TEXT CHECK (split IN ('train', 'val', 'test', 'unlabelled'))
) STRICT;

CREATE TABLE image (
  id INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES case_ (id),
  source_sha256 TEXT NOT NULL UNIQUE,
  blob_sha256 TEXT NOT NULL REFERENCES blob (sha256),
  file_name TEXT NOT NULL,
  format TEXT NOT NULL,
  modality TEXT,
  imported_at TEXT NOT NULL
) STRICT;
CREATE INDEX image_case ON image (case_id);

CREATE TABLE frame (
  id INTEGER PRIMARY KEY,
  image_id INTEGER NOT NULL REFERENCES image (id),
  frame_index INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  thumbnail_sha256 TEXT NOT NULL REFERENCES blob (sha256),
  head_id INTEGER REFERENCES mask_revision (id),
  UNIQUE (image_id, frame_index)
) STRICT;

CREATE TABLE mask_revision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  frame_id INTEGER NOT NULL REFERENCES frame (id),
  parent_id INTEGER REFERENCES mask_revision (id),
  origin TEXT NOT NULL CHECK (origin IN ('drawn', 'imported', 'accepted', 'edited')),
  model_id INTEGER REFERENCES model (id),
  run_id INTEGER REFERENCES run (id),
  proposal_id INTEGER REFERENCES proposal (id),
  created_at TEXT NOT NULL,
  is_deflated INTEGER NOT NULL,
  label_map BLOB NOT NULL
) STRICT;
CREATE INDEX mask_revision_frame ON mask_revision (frame_id, parent_id);
CREATE TRIGGER mask_revision_is_append_only BEFORE UPDATE ON mask_revision
BEGIN SELECT RAISE(ABORT, 'mask revisions are append-only'); END;

CREATE TABLE image_label (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  image_id INTEGER NOT NULL REFERENCES image (id),
  name TEXT NOT NULL,
  class_name TEXT,
  number REAL,
  created_at TEXT NOT NULL,
  CHECK ((class_name IS NULL) <> (number IS NULL))
) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('train', 'predict', 'evaluate')),
  method TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('queued', 'running', 'paused', 'done', 'failed', 'cancelled', 'interrupted')),
  settings TEXT NOT NULL,
  seed INTEGER NOT NULL,
  device TEXT NOT NULL,
  step INTEGER NOT NULL DEFAULT 0,
  steps INTEGER NOT NULL,
  seconds_per_step REAL,
  created_at TEXT NOT NULL,
  ended_at TEXT,
  model_id INTEGER REFERENCES model (id),
  problem TEXT,
  snapshot TEXT NOT NULL
) STRICT;

CREATE TABLE run_metric (
  run_id INTEGER NOT NULL REFERENCES run (id),
  name TEXT NOT NULL,
  step INTEGER NOT NULL,
  value REAL,
  PRIMARY KEY (run_id, name, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
  run_id INTEGER NOT NULL REFERENCES run (id),
  kind TEXT NOT NULL CHECK (kind IN ('last', 'best')),
  step INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (run_id, kind)
) STRICT;

CREATE TABLE model (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run (id),
  name TEXT NOT NULL,
  method TEXT NOT NULL,
  created_at TEXT NOT NULL,
  step INTEGER NOT NULL,
  validation_dice REAL,
  classes TEXT NOT NULL,
  onnx_sha256 TEXT NOT NULL REFERENCES blob (sha256),
  weights_sha256 TEXT NOT NULL REFERENCES blob (sha256)
) STRICT;

CREATE TABLE proposal (
  id INTEGER PRIMARY KEY,
  frame_id INTEGER NOT NULL REFERENCES frame (id),
  model_id INTEGER NOT NULL REFERENCES model (id),
  run_id INTEGER NOT NULL REFERENCES run (id),
  state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'edited', 'rejected', 'superseded')),
  expected_dice REAL NOT NULL,
  created_at TEXT NOT NULL,
  is_deflated INTEGER NOT NULL,
  label_map BLOB NOT NULL,
  confidence BLOB NOT NULL
) STRICT;
CREATE INDEX proposal_frame ON proposal (frame_id);
CREATE UNIQUE INDEX proposal_pending ON proposal (frame_id) WHERE state = 'pending';

CREATE TABLE review_decision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  proposal_id INTEGER NOT NULL REFERENCES proposal (id),
  decision TEXT NOT NULL CHECK (decision IN ('accepted', 'edited', 'rejected', 'reopened')),
  revision_id INTEGER REFERENCES mask_revision (id),
  decided_at TEXT NOT NULL
) STRICT;
CREATE INDEX review_decision_proposal ON review_decision (proposal_id);
CREATE TRIGGER review_decision_is_append_only BEFORE UPDATE ON review_decision
BEGIN SELECT RAISE(ABORT, 'review decisions are append-only'); END;

CREATE TABLE sample (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run (id),
  step INTEGER NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  blob_sha256 TEXT NOT NULL REFERENCES blob (sha256)
) STRICT;

CREATE TABLE evaluation (
  model_id INTEGER NOT NULL REFERENCES model (id),
  split TEXT NOT NULL CHECK (split IN ('train', 'val', 'test', 'unlabelled')),
  frame_id INTEGER NOT NULL REFERENCES frame (id),
  class_value INTEGER NOT NULL,
  dice REAL,
  iou REAL,
  hd95 REAL,
  hd95_unit TEXT NOT NULL CHECK (hd95_unit IN ('mm', 'px')),
  PRIMARY KEY (model_id, split, frame_id, class_value)
) STRICT, WITHOUT ROWID;
`;
