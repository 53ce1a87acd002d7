/**
 * @file Version 14 of the project file. Shipped: never edit, add a migration instead.
 * Experiments: a run that has a row here compares ways of training. `plan`: arms with their settings, splits by case. A score tells how well
 * a class of a case was outlined by one training.
 */
export const experiments = `
CREATE TABLE experiment (
  run_id INTEGER PRIMARY KEY REFERENCES run (id),
  plan TEXT NOT NULL CHECK (json_valid(plan))
) STRICT;

CREATE TABLE experiment_score (
  run_id INTEGER NOT NULL REFERENCES experiment (run_id),
  arm TEXT NOT NULL,
  labelled INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  fold INTEGER NOT NULL,
  case_id INTEGER NOT NULL REFERENCES case_ (id),
  class_value INTEGER NOT NULL,
  dice REAL NOT NULL,
  PRIMARY KEY (run_id, arm, labelled, seed, fold, case_id, class_value)
) STRICT, WITHOUT ROWID;
`;
