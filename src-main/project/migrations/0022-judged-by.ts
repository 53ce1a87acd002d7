/**
 * @file Version 22 of the project file. Shipped: never edit, add a migration instead.
 * Not every training is judged by Dice, nor makes masks: a run names the figure that its model is chosen by and which way it is better; a model holds
 * that figure and what can be asked of it (names with commas between them); of validation frames there are pictures beside masks.
 */
export const judgedBy = `
ALTER TABLE run ADD COLUMN judged_by TEXT NOT NULL DEFAULT 'validationDice';
ALTER TABLE run ADD COLUMN better TEXT NOT NULL DEFAULT 'higher' CHECK (better IN ('higher', 'lower'));

ALTER TABLE model RENAME COLUMN validation_dice TO score;
ALTER TABLE model ADD COLUMN makes TEXT NOT NULL DEFAULT 'masks';
UPDATE model SET makes = 'masks,images' WHERE method = 'genseg' AND run_id IN (
  SELECT id FROM run WHERE json_extract(settings, '$.second') = 'synthetic'
);

ALTER TABLE run_sample RENAME COLUMN dice TO score;
ALTER TABLE run_sample RENAME COLUMN label_map TO bytes;
ALTER TABLE run_sample ADD COLUMN kind TEXT NOT NULL DEFAULT 'mask' CHECK (kind IN ('mask', 'picture'));
`;
