/**
 * @file Trouble as RFC 9457 problem+json: the one place that turns an error into an answer.
 */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { diskFullProblem, Problem, type ProblemCode, type ProblemFields } from "../problem/index.ts";

const statuses: Record<ProblemCode, number> = {
  "bad-request": 400,
  busy: 409,
  cancelled: 409,
  conflict: 409,
  "corrupt-file": 422,
  "disk-full": 507,
  "file-unreadable": 422,
  forbidden: 403,
  "image-too-large": 413,
  "mask-mismatch": 422,
  "newer-project": 422,
  "not-a-project": 422,
  "not-enough-data": 422,
  "not-enough-memory": 422,
  "not-found": 404,
  "project-closed": 409,
  "project-exists": 409,
  "project-gone": 409,
  "project-locked": 409,
  "read-only": 409,
  "run-failed": 500,
  "time-limit": 504,
  "unsupported-file": 422,
};

/** HTTP status that fits a problem. */
export function statusOf(code: ProblemCode): number {
  return statuses[code];
}

/** Hono's `onError`. A bug is logged with its stack and told neutrally: its message may hold anything. */
export function renderProblem(error: Error, context?: Context): Response {
  const problem = error instanceof Problem ? error : diskFullProblem(error, "The project");
  if (problem !== null) return answer(statusOf(problem.code), problem.toJSON());
  if (error instanceof HTTPException && error.status < 500) {
    const title = "The request could not be read.";
    return answer(error.status, {
      code: "bad-request",
      title,
      detail: `It was refused with status ${error.status}.`,
      hint: "Reload the window; a script should compare its request with the list of routes.",
    });
  }
  console.error(`${context?.req.method ?? ""} ${context?.req.path ?? ""}:`, error);
  return answer(500, {
    code: "run-failed",
    title: "Something went wrong inside Aliquot.",
    detail: "This is an error of the program, not of your data. Everything saved before is safe.",
    hint: "Try again; if it comes back, report it with the log of the app.",
  });
}

/** Hono's `notFound`. */
export function missingRoute(context: Context): Response {
  const title = `There is no ${context.req.method} ${context.req.path}.`;
  return answer(404, { code: "not-found", title, hint: "The list of routes stands in src-main/api/contract.ts." });
}

function answer(status: number, fields: ProblemFields): Response {
  return new Response(JSON.stringify({ type: "about:blank", status, ...fields }), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });
}
