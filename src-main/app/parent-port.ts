/** @file The way from a child process back to the app: Electron's utilityProcess where there is one, else the channel of Node's fork. */

interface UtilityPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { data: unknown }) => void): void;
}

/** Only for what the app started: messages are what the app's own code sends. */
export interface ParentPort<Incoming, Outgoing> {
  postMessage: (message: Outgoing) => void;
  onMessage: (listener: (message: Incoming) => void) => void;
}

/** The process ends with the app, however that ends. */
export function parentPort<Incoming, Outgoing>(): ParentPort<Incoming, Outgoing> {
  const { parentPort: utility } = process as unknown as { parentPort?: UtilityPort };
  if (utility !== undefined) {
    return {
      postMessage: (message) => utility.postMessage(message),
      onMessage: (listener) => utility.on("message", ({ data }) => listener(data as Incoming)),
    };
  }
  process.on("disconnect", () => process.exit());
  return {
    // An app that was killed hears nothing more; that it is gone ends this process a moment later.
    postMessage: (message) => void process.send?.(message, undefined, undefined, () => {}),
    onMessage: (listener) => void process.on("message", (message) => listener(message as Incoming)),
  };
}
