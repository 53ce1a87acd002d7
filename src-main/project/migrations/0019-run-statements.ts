/**
 * @file Version 19 of the project file. Shipped: never edit, add a migration instead.
 * Remarks and the reason for a device are kept as words with places for values, JSON of problem/statement.ts's Statement[], so that they can be said
 * in another language. Those of older runs have no values.
 */
export const runStatements = `
UPDATE run SET remarks = (
  SELECT json_group_array(json_object('text', value, 'values', json('{}'))) FROM json_each(run.remarks)
) WHERE remarks <> '[]';
UPDATE run SET device_reason = json_array(json_object('text', device_reason, 'values', json('{}')))
WHERE device_reason IS NOT NULL;
`;
