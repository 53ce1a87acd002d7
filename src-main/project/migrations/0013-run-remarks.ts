/**
 * @file Version 13 of the project file. Shipped: never edit, add a migration instead.
 * What a person should know of a run before it begins, as a list of sentences: found when it was queued.
 */
export const runRemarks = `
ALTER TABLE run ADD COLUMN remarks TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(remarks));
`;
