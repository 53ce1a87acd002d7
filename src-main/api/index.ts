/**
 * @file The app as one function from Request to Response. Doors (Electron's protocol, loopback, command line) are thin
 * adapters around `createApi(session).fetch`.
 */
import { Hono } from "hono";
import { backbones } from "./backbones.ts";
import { bulk } from "./bulk.ts";
import { cases } from "./cases.ts";
import { classes } from "./classes.ts";
import { data } from "./data.ts";
import { evaluations } from "./evaluations.ts";
import { events } from "./events.ts";
import { experiments } from "./experiments.ts";
import { fileExports } from "./exports.ts";
import { folders } from "./folders.ts";
import { frames } from "./frames.ts";
import { imports } from "./imports.ts";
import { labelProposals } from "./label-proposals.ts";
import { labels } from "./labels.ts";
import { limitBody } from "./limits.ts";
import { methods } from "./methods.ts";
import { models } from "./models.ts";
import { pairings, translations } from "./pairings.ts";
import { preferences } from "./preferences.ts";
import { missingRoute, renderProblem } from "./problem.ts";
import { project } from "./project.ts";
import { proposals } from "./proposals.ts";
import { redactions } from "./redactions.ts";
import { review } from "./review.ts";
import { runHistory } from "./run-history.ts";
import { runPlans } from "./run-plans.ts";
import { runEstimates } from "./run-times.ts";
import { runs } from "./runs.ts";
import type { Session } from "./session.ts";
import { sessions } from "./sessions.ts";
import { synthesis } from "./synthesis.ts";
import { trunks } from "./trunks.ts";
import { windows } from "./windows.ts";

export { OpenProject } from "./open-project.ts";
export { statusOf } from "./problem.ts";
export { Session, type SessionParts } from "./session.ts";
export { thresholdText } from "./threshold-text.ts";

/** All routes under `/api`; see contract.ts for the list. */
export function createApi(session: Session) {
  const api = new Hono().basePath("/api");
  api.use(limitBody);
  api.use(async (context, next) => {
    await next();
    // Ids start at 1 in every project file, so an answer of one project must never be shown for another.
    context.header("Cache-Control", "no-store");
  });
  api.use(async (context, next) => {
    const projectId = context.req.header("Aliquot-Project");
    if (projectId !== undefined) session.requireProject(projectId);
    await next();
  });
  api.onError(renderProblem);
  api.notFound(missingRoute);
  return api
    .route("/session", sessions(session))
    .route("/preferences", preferences(session))
    .route("/backbones", backbones(session))
    .route("/trunks", trunks(session))
    .route("/folders", folders(session))
    .route("/project", project(session))
    .route("/classes", classes(session))
    .route("/windows", windows(session))
    .route("/labels", labels(session))
    .route("/label-proposals", labelProposals(session))
    .route("/frames", frames(session))
    .route("/imports", imports(session))
    .route("/", cases(session))
    .route("/", data(session))
    .route("/bulk", bulk(session))
    .route("/methods", methods(session))
    .route("/runs", runs(session))
    .route("/run-estimates", runEstimates(session))
    .route("/run-plans", runPlans(session))
    .route("/run-history", runHistory(session))
    .route("/models", models(session))
    .route("/proposals", proposals(session))
    .route("/review", review(session))
    .route("/evaluations", evaluations(session))
    .route("/synthesis", synthesis(session))
    .route("/pairings", pairings(session))
    .route("/translations", translations(session))
    .route("/experiments", experiments(session))
    .route("/exports", fileExports(session))
    .route("/redactions", redactions(session))
    .route("/events", events(session));
}

/** The type behind Hono's typed client, `hc<Api>`. */
export type Api = ReturnType<typeof createApi>;
