/** Lets other work of the process go on between two pieces of a long computation. Rejects with what `signal` was aborted with. */
export async function breathe(signal?: AbortSignal): Promise<void> {
  await new Promise((resume) => setImmediate(resume));
  signal?.throwIfAborted();
}
