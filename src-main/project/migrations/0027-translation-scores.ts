/**
 * @file Version 27 of the project file. Shipped: never edit, add a migration instead.
 * Figures of a model that translates, pair by pair: `frame_id` is the source. All are null where one image of the pair is of one value.
 */
export const translationScores = `
CREATE TABLE translation_score (
  model_id INTEGER NOT NULL REFERENCES model (id),
  split TEXT NOT NULL CHECK (split IN ('train', 'val', 'test', 'unlabelled')),
  frame_id INTEGER NOT NULL REFERENCES frame (id),
  target_frame_id INTEGER NOT NULL REFERENCES frame (id),
  run_id INTEGER NOT NULL REFERENCES run (id),
  nmae REAL,
  psnr REAL,
  ssim REAL,
  shift_down REAL,
  shift_across REAL,
  PRIMARY KEY (model_id, split, frame_id)
) STRICT, WITHOUT ROWID;
`;
