/**
 * @file Version 16 of the project file. Shipped: never edit, add a migration instead.
 * Figures of a model on whole volumes: `frame_id` is the lowest frame of the volume, `empty` which of the two masks had no voxel.
 */
export const volumeEvaluations = `
CREATE TABLE volume_evaluation (
  model_id INTEGER NOT NULL REFERENCES model (id),
  split TEXT NOT NULL CHECK (split IN ('train', 'val', 'test', 'unlabelled')),
  frame_id INTEGER NOT NULL REFERENCES frame (id),
  slices INTEGER NOT NULL,
  class_value INTEGER NOT NULL,
  dice REAL NOT NULL,
  jaccard REAL NOT NULL,
  hd95 REAL NOT NULL,
  asd REAL NOT NULL,
  assd REAL NOT NULL,
  unit TEXT NOT NULL CHECK (unit IN ('mm', 'px')),
  empty TEXT NOT NULL CHECK (empty IN ('none', 'prediction', 'reference', 'both')),
  PRIMARY KEY (model_id, split, frame_id, class_value)
) STRICT, WITHOUT ROWID;
`;
