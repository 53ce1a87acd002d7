/** @file The two ways a request can fail, and how each reads. */
import type { ProblemFields } from "../../src-main/api/contract.ts";
import { texts } from "../texts/index.ts";

/** The app did not answer: it stopped, or the computer slept. Worth retrying. */
export class ConnectionLost extends Error {
  constructor(options?: ErrorOptions) {
    super(texts.trouble.connectionLost, options);
    this.name = "ConnectionLost";
  }
}

/** The app answered, and said no. `problem` is null when it did not say why. */
export class RequestRefused extends Error {
  readonly status: number;
  readonly problem: ProblemFields | null;

  constructor(status: number, problem: ProblemFields | null) {
    super(problem?.title ?? texts.trouble.refused(status));
    this.name = "RequestRefused";
    this.status = status;
    this.problem = problem;
  }
}

/** A trouble as one paragraph. */
export function paragraphOf({ title, detail, hint }: Sentences): string {
  return [title, detail, hint].filter(Boolean).join(" ");
}

/** The paragraph without the name of the file, which stands above it. */
export function reasonOf(file: string, problem: Sentences): string {
  const text = paragraphOf(problem);
  const name = `${file.slice(file.lastIndexOf("/") + 1)}: `;
  return text.startsWith(name) ? text.charAt(name.length).toUpperCase() + text.slice(name.length + 1) : text;
}

/** What a person reads. */
export interface Sentences {
  title: string;
  detail?: string;
  hint?: string;
}

export function sentencesOf(error: unknown): Sentences {
  if (error instanceof ConnectionLost) return { title: error.message, hint: texts.trouble.connectionHint };
  if (error instanceof RequestRefused) return error.problem ?? { title: error.message };
  // Code shared with the app (decoding) throws Problem: same fields, other class.
  if (error instanceof Error && "title" in error) return error as Error & Sentences;
  // A bug of the window: its message is for the log.
  console.error(error);
  return { title: texts.trouble.unexpected, hint: texts.trouble.unexpectedHint };
}
