/**
 * @file Version 20 of the project file. Shipped: never edit, add a migration instead.
 * Threads that a run's operators share, decided when it first starts and kept, because sums may round otherwise with another number. NULL: as many as ONNX
 * Runtime takes by itself, which is what runs of older versions did.
 */
export const runThreads = `
ALTER TABLE run ADD COLUMN threads INTEGER CHECK (threads >= 1);
`;
