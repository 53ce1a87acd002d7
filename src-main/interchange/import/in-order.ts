/**
 * @file Files worked through a few at a time, and stored in the order of their list.
 */
/** Two that are decoded, and as many that wait for a decoder or for their turn, so that neither side waits for the other. */
export const FILES_AT_A_TIME = 4;

/** Who is told how the files go. */
export interface FileWatch {
  /** Aborted: no further file is begun. */
  readonly stop: AbortSignal;
  /** One more file is done, also one that was refused. */
  count(): void;
  /** A file failed; false if no further file is to be begun. */
  note(error: unknown, file: string): boolean;
}

/**
 * `turn` is over when all earlier files are done: what is stored after it is stored in the order of the list, so that the same
 * import numbers its images alike, and training on them is repeatable. Ends early when the watch says so.
 */
export async function inOrder<File>(
  watch: FileWatch,
  files: readonly File[],
  nameOf: (file: File) => string,
  work: (file: File, turn: Promise<void>) => Promise<void>,
): Promise<void> {
  const queue = files.values();
  let last = Promise.resolve();
  const take = async (): Promise<void> => {
    for (const file of queue) {
      if (watch.stop.aborted) return;
      const turn = last;
      const done = Promise.withResolvers<undefined>();
      last = done.promise;
      try {
        await work(file, turn);
      } catch (error) {
        if (!watch.note(error, nameOf(file))) return;
      } finally {
        done.resolve(undefined);
      }
      watch.count();
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_A_TIME }, take));
}
