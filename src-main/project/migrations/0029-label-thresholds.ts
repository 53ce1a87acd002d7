/**
 * @file Version 29 of the project file. Shipped: never edit, add a migration instead.
 * Grades from which on something is done, as treatment or referral: a JSON list of options of a label of grades, in their order.
 */
export const labelThresholds = `
ALTER TABLE label_definition ADD COLUMN thresholds TEXT NOT NULL DEFAULT '[]';
`;
