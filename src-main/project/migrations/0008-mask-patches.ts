/**
 * @file Version 8 of the project file. Shipped: never edit, add a migration instead.
 * Revisions may hold what they changed instead of the whole label map: voxels/label-patch.ts on the label map of the parent.
 */
export const maskPatches = `
ALTER TABLE mask_revision ADD COLUMN patch_depth INTEGER NOT NULL DEFAULT 0
  CHECK (patch_depth = 0 OR (patch_depth > 0 AND parent_id IS NOT NULL));
`;
