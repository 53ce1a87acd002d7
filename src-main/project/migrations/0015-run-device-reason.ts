/**
 * @file Version 15 of the project file. Shipped: never edit, add a migration instead.
 * Why a run that was free to choose computes where it does.
 */
export const runDeviceReason = `
ALTER TABLE run ADD COLUMN device_reason TEXT;
`;
