/**
 * @file Version 12 of the project file. Shipped: never edit, add a migration instead.
 * What is known of a proposal without a person (review_record: JSON of contract.ts's ReviewRecord, deflated maps of voxels/score-map.ts, a feature
 * of one signed byte an entry), and of frames with known truth (review_evidence). Annotations that were accepted with others, unseen, are told
 * apart from reviewed ones, with the condition under which that was done (acceptance). What was accepted in one action before counts as unseen.
 */
export const reviewRecords = `
CREATE TABLE review_record (
  proposal_id INTEGER PRIMARY KEY REFERENCES proposal (id),
  record TEXT NOT NULL CHECK (json_valid(record)),
  uncertainty BLOB NOT NULL,
  difference BLOB,
  feature BLOB NOT NULL
) STRICT;

CREATE TABLE review_evidence (
  model_id INTEGER NOT NULL REFERENCES model (id),
  frame_id INTEGER NOT NULL REFERENCES frame (id),
  revision_id INTEGER NOT NULL REFERENCES mask_revision (id),
  record TEXT NOT NULL CHECK (json_valid(record)),
  dice REAL NOT NULL,
  feature BLOB NOT NULL,
  PRIMARY KEY (model_id, frame_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE acceptance (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER NOT NULL UNIQUE REFERENCES edit_group (id),
  created_at TEXT NOT NULL,
  quality REAL NOT NULL,
  condition TEXT NOT NULL CHECK (json_valid(condition))
) STRICT;

ALTER TABLE proposal ADD COLUMN is_audit INTEGER NOT NULL DEFAULT 0 CHECK (is_audit IN (0, 1));
ALTER TABLE review_decision ADD COLUMN dice REAL;
ALTER TABLE mask_revision ADD COLUMN is_unseen INTEGER NOT NULL DEFAULT 0 CHECK (is_unseen IN (0, 1));

DROP TRIGGER mask_revision_is_append_only;
UPDATE mask_revision SET is_unseen = 1 WHERE origin = 'accepted' AND group_id IS NOT NULL;
CREATE TRIGGER mask_revision_is_append_only BEFORE UPDATE ON mask_revision
BEGIN SELECT RAISE(ABORT, 'mask revisions are append-only'); END;
`;
