/**
 * @file Version 5 of the project file. Shipped: never edit, add a migration instead.
 * Whether tools may change the pixels of a class, and whether it is drawn on screen.
 */
export const classLocks = `
ALTER TABLE label_class ADD COLUMN is_locked INTEGER NOT NULL DEFAULT 0 CHECK (is_locked IN (0, 1));
ALTER TABLE label_class ADD COLUMN is_hidden INTEGER NOT NULL DEFAULT 0 CHECK (is_hidden IN (0, 1));
`;
