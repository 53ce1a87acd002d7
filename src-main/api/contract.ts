/**
 * @file The JSON that crosses the border between the app and its interface: a type file per noun, and all routes. Types only: the renderer
 * imports them with `import type`. Binary bodies (pixels, label maps) use the layouts of src-main/voxels.
 */
export type { ProblemFields } from "../problem/index.ts";
export type { Api } from "./index.ts";
export type * from "./contract/annotations.ts";
export type * from "./contract/backbones.ts";
export type * from "./contract/bulk.ts";
export type * from "./contract/classes.ts";
export type * from "./contract/evaluations.ts";
export type * from "./contract/events.ts";
export type * from "./contract/experiments.ts";
export type * from "./contract/exports.ts";
export type * from "./contract/frames.ts";
export type * from "./contract/imports.ts";
export type * from "./contract/label-proposals.ts";
export type * from "./contract/labels.ts";
export type * from "./contract/methods.ts";
export type * from "./contract/pairings.ts";
export type * from "./contract/proposals.ts";
export type * from "./contract/redactions.ts";
export type * from "./contract/review.ts";
export type * from "./contract/runs.ts";
export type * from "./contract/session.ts";
export type * from "./contract/splits.ts";
export type * from "./contract/statistics.ts";
export type * from "./contract/synthesis.ts";
export type * from "./contract/trunks.ts";
export type * from "./contract/windows.ts";

/*
 * Routes, all under /api. A failed request answers application/problem+json with ProblemFields. A request with the header
 * Aliquot-Project: PROJECT-ID is refused ("project-closed") unless that project, or a copy of it, is open.
 *
 * GET    /session                                    SessionState
 * GET    /preferences                                Preferences
 * PATCH  /preferences {some of its fields}           Preferences
 * GET    /backbones                                  BackboneRow[]      of this machine
 * POST   /backbones {folder, prompt?}                AddedBackbone      looks at the parts in a folder; nothing is copied
 * DELETE /backbones/:id                              204; its files stay
 * POST   /backbones/:id/paintings {out, overwrite?, count | masks, …}   string[]   names of PNG files in the folder out, each written as soon as it is painted
 * POST   /backbones/:id/paintings/cancel             204; what is written stays
 * GET    /trunks                                     TrunkRow[]         ONNX networks of the project that classifiers are trained on
 * POST   /trunks {path}                              TrunkRow           looks at an ONNX file and stores it in the project
 * DELETE /trunks/:id                                 204; models that were trained on it stay
 * GET    /folders?path=&files=all                    FolderListing      files: empty unless asked for
 * POST   /project/create  {path, classes: string[]}  ProjectSummary
 * POST   /project/open    {path}                     ProjectSummary  of the open one: checks that it can be written, reopens it if not
 * POST   /project/open/cancel                        204; the request that opens or creates a project answers with the problem "cancelled"
 * POST   /project/copy    {path}                     ProjectSummary  of the copy, which is open from then on
 * POST   /project/copy/cancel                        204
 * POST   /project/demo    {path?}                    ProjectSummary     copies and imports the bundled demo images; events tell how far it is
 * POST   /project/close                              204
 * GET    /project                                    ProjectSummary
 * GET    /classes                                    LabelClass[]
 * POST   /classes {name, color?}                     LabelClass
 * PATCH  /classes/:value {name?, color?}             LabelClass
 * GET    /windows                                    KeptWindow[]
 * POST   /windows {name, modality, center, width, function}   KeptWindow   409 conflict: the name is taken
 * DELETE /windows/:id                                204
 * GET    /labels                                     LabelDefinition[]
 * POST   /labels {name, kind, scope?, options?, unit?, minimum?, maximum?}               LabelDefinition
 * PATCH  /labels/:id {name?, kind? (class or grade), options?, unit?, minimum?, maximum?}   LabelDefinition
 * GET    /labels/:id/values                          {frameId, value: LabelValue}[]    of all frames that have one
 * PUT    /labels/:id/frames/:frameId {value: LabelValue | null}      LabelHistory      of the image, or the patient, of the frame
 * GET    /labels/history                             LabelHistory
 * POST   /label-proposals {modelId, split? | frameIds?, samples?}   RunRow (kind predict) of a model that makes grades or numbers; its last steps judge validation images
 * GET    /label-proposals?state=pending&labelId=     LabelProposalRow[], flagged first, then worst first
 * GET    /label-proposals/read-outs?state=&labelId=  LabelReadOut[]         the same with all that the samples tell
 * GET    /label-proposals/waiting                    number                 of those that wait for a decision
 * GET    /label-proposals/:id                        LabelProposalDetail    with saliency, regions, probabilities and votes
 * GET    /label-proposals/frames/:frameId            LabelProposalRow[]     of one image, newest first
 * GET    /label-proposals/conditions/:modelId        LabelCondition[]       from which probability on they may be accepted unseen
 * POST   /label-proposals/:id/accept | /reject | /reopen      LabelProposalRow   409 conflict where the image has the label already
 * POST   /label-proposals/:id/change {value}         LabelProposalRow       another value becomes the label
 * POST   /label-proposals/accept-above {quality, withoutEvidence?, labelId?}   LabelAcceptance   of grades; one change, undone at once
 * POST   /label-proposals/undo                       LabelProposalRow[]     that wait again (409 when there is nothing); /labels/undo does it too
 * POST   /labels/undo | /labels/redo                 LabelStep (409 conflict when there is nothing)
 * DELETE /classes/:value                             204; refused (conflict) while an annotation, proposal or model knows the class
 * DELETE /classes/:value/pixels                      number[]           off all images, undone as one; ids of the frames that showed it
 * GET    /classes/usage                              ClassUsage[]       in the present annotations
 * GET    /classes/:value/frames                      number[]           ids of the frames that show it
 * GET    /leaks                                      LeakReport
 * GET    /statistics                                 DatasetStatistics; events tell how far it is
 * POST   /statistics/cancel                          204
 * GET    /frames                                     FrameRow[]
 * GET    /frames/columns                             FrameColumns       the same, for many images
 * GET    /frames/rows?ids=1,2,…                      FrameRow[]         of at most 1000 frames; without those that are not there
 * GET    /frames/:id/thumbnail                       image bytes
 * GET    /frames/:id/pixels                          Frame layout of voxels/frame.ts
 * GET    /frames/:id/mask                            RLE of voxels/rle.ts; header Aliquot-Annotation: AnnotationState
 * PUT    /frames/:id/mask?base=REVISION              body RLE -> AnnotationState (409 conflict if base is stale)
 * PUT    /frames/masks  {frames: [{frameId, base, labelMap: base64 RLE}]}   AnnotationState[]: all or none, undone as one
 * GET    /frames/:id/slices                          SliceRow[], in order
 * POST   /frames/:id/undo?base= | /redo?base=        AnnotationState: sent again, it is not done twice
 * GET    /frames/:id/proposal                        ProposalRow (404 when there is none)
 * GET    /frames/:id/proposals                       ProposalRow[]      newest first, without replaced ones
 * GET    /frames/:id/burned-in                       BurnedInDetail
 * PUT    /frames/:id/burned-in {reviewed, scope?}    FrameRow         a person looked at it: no writing
 * POST   /frames/:id/redactions Redaction            RedactionReport  the stored pixels are overwritten: no undo
 * POST   /redactions/:id/cancel                      204; the request that started it answers what was done
 * GET    /imports/privacy                            PrivacyField[]     what de-identification can be told to leave in
 * POST   /imports (multipart: images[], masks[], options JSON {patient: PatientRule, split?, deidentify?: boolean | DeidentifyChoice,
 *         plane?, addClasses?, maskColors?, channel?, fold?, dryRun?}; labels: a CSV)      ImportState
 * POST   /imports/folder {paths: string[], masks?: string | string[], labels?: string | string[], patient?, split?, modality?, deidentify?, plane?, addClasses?, maskColors?, channel?, fold?, dryRun?}   ImportState
 * POST   /imports/:id/again {patient?, split?, modality?, deidentify?, plane?, addClasses?, maskColors?, channel?, fold?, dryRun?}    ImportState    the files of a dry run, not sent again
 * GET    /imports/reports | /imports/reports/:id     KeptImportRow[] | KeptImport
 * GET    /imports/reports/:id/file?format=txt|csv    the kept report to save
 * GET    /imports/:id/file?format=txt|csv            the same of an import of this session, with the names of its files
 * GET    /imports/:id                                ImportState
 * POST   /imports/:id/cancel                         ImportState
 * POST   /split {train, val, test, seed}             ProjectSummary     numbers of cases; the rest is unlabelled
 * PATCH  /cases/:id {split}                          204                undone by /bulk/undo, as all changes of splits
 * PATCH  /cases {splits: {split | null, caseIds: number[]}[]}   204     all or none
 * GET    /areas                                      AnnotatedArea[]    of the frames with an annotation
 * GET    /bulk/history                               BulkHistory
 * POST   /bulk/undo | /bulk/redo                     BulkStep (409 conflict when there is nothing)
 * POST   /bulk/decisions {frameIds, decision: accept | reject}   {changed}   of the proposals that wait for them; events tell how far it is
 * POST   /bulk/labels {frameIds, labelId, value | null}          {changed}   images or patients
 * POST   /bulk/removals {frameIds} | /bulk/removals/preview      {changed} images | RemovalPreview
 * GET    /methods?pairing                            MethodRow[]        pairing that is learned from; default: the newest
 * GET    /runs | /runs/:id                           RunRow[] | RunDetail
 * GET    /runs/:id/profile                           ProgramProfile[]   of runs of this session that were asked for it
 * POST   /runs {method, preset?, settings, seed?, device?, fromModel?, labels?: labelId[], includeAccepted?, steps?, profile?, hold?}    RunRow  hold: paused at once
 * GET    /run-history                                RunHistoryRow[]    of trainings
 * POST   /run-estimates {method, settings, device?}   RunEstimate
 * POST   /run-plans/deadline {as POST /runs, until}  FittedTraining     works a few steps and throws them away; nothing is queued
 * POST   /run-plans/deadline/cancel                  204; the question answers with the problem "cancelled"
 * POST   /run-plans {as POST /runs}                  RunPlan            nothing is queued; a later question ends an earlier one ("cancelled")
 * POST   /runs/:id/cancel | /pause | /resume         RunRow             a pause writes a checkpoint and frees memory; it outlasts the app
 * POST   /runs/:id/finish                            RunRow             ends the training now, as done, with its best checkpoint as the model
 * POST   /runs/:id/move {position}                   RunRow[]           of the queue, in its order; 1 is next
 * POST   /runs/:id/bundle {path}                     BundleReport       of a paused training, for `aliquot run` on another machine; events tell how far it is
 * POST   /runs/:id/bundle/cancel                     204; the request that writes it answers with the problem "cancelled"
 * POST   /runs/results {path}                        RunRow             takes over what a bundle's run has made elsewhere
 * GET    /runs/:id/samples                           RunSample[]        by step
 * GET    /runs/:id/samples/:step/:frameId            RLE                what the network said
 * GET    /runs/:id/truth/:frameId                    RLE                the annotation that it was judged by
 * GET    /models                                     ModelRow[]
 * PATCH  /models/:id {name}                          ModelRow
 * POST   /proposals {modelId, split? | frameIds?, views?: 1 | 4 | 8}   RunRow (kind predict); its last steps judge images with known truth
 * GET    /proposals?state=pending                    ProposalRow[], worst first
 * POST   /proposals/frames/:frameId {modelId?}       ProposalStep       a model (the newest, if none is named) looks at the frame now
 * GET    /proposals/frames/:frameId                  ProposalDetail | null     what waits for the frame
 * GET    /proposals/frames/:frameId/probabilities?modelId=   one byte per class and pixel; header Aliquot-Classes: number[], 0 = background
 * POST   /proposals/ahead {frameIds, modelId?}       204: prepared in this order, in place of what was to be prepared; none: nothing
 * POST   /proposals/cancel                           204; the request that waits for a proposal answers with the problem "cancelled"
 * GET    /proposals/:id                              ProposalDetail
 * POST   /proposals/:id/scribbles Scribble           ProposalStep       corrected by it and all before; undone by /frames/:id/undo
 * POST   /proposals/:id/take {part: ProposalPart, base}   ProposalStep  becomes annotation; all of it decides about the proposal
 * GET    /proposals/:id/mask                         RLE
 * GET    /proposals/:id/confidence                   one byte per pixel, 0–255
 * POST   /proposals/:id/accept | /reject | /reopen   ProposalRow
 * PUT    /proposals/:id/mask                         body RLE: the edited proposal becomes the annotation -> ProposalRow
 * POST   /proposals/:id/drop {part: ProposalPart}    ProposalStep       that part is not taken: it leaves the proposal
 * POST   /proposals/accept-above {quality, withoutEvidence?}   AcceptanceOutcome   undone as one; 409 conflict unless the condition of
 *                                                    GET /review holds (withoutEvidence: recorded with every mask); events tell how far it is
 * POST   /proposals/decisions/cancel                 204; the request that started it answers what was decided, which stays
 * GET    /review                                     ReviewQueue
 * GET    /review/changes?frames=1,2,…                ReviewChange       of at most 1000 images, in place of the whole queue
 * POST   /review/undo                                ProposalRow        the last decision on any proposal is taken back (409 when there is none)
 * GET    /review/suggestions?count=                  AnnotationSuggestion[]
 * GET    /review/:id                                 ReviewRecord       of a proposal; 404 when it was made without
 * GET    /review/:id/regions                         RegionMark[]       in the order in which they were made
 * PUT    /review/:id/regions {marks: RegionMark[]}   204                in place of those before; 409 unless the proposal waits
 * GET    /review/:id/uncertainty | /difference       score map of voxels/score-map.ts: entropy; teacher against student (404 without teacher)
 * GET    /frames/:id/provenance                      MaskProvenance | null
 * POST   /evaluations {modelId, split, samples?}     RunRow (kind evaluate)
 * GET    /evaluations?modelId=&split=                EvaluationSummary
 * GET    /evaluations/labels?modelId=&split=&zeros=&relative=&labelId=   LabelEvaluation[]  of a model that makes grades or numbers: each label; empty: not judged yet
 * GET    /evaluations/translations?modelId=&split=   TranslationEvaluation | null  of a model that translates; null: not judged yet
 * GET    /synthesis/generators                       GeneratorRow[]     newest first
 * GET    /synthesis | /synthesis/:runId              SynthesisRow[] newest first | SynthesisDetail
 * GET    /pairings                                   PairingRow[]       newest first
 * POST   /pairings PairingRequest                    PairingRow
 * GET    /pairings/choices                           PairingChoices     words by which images can be told apart
 * GET    /pairings/:id                               PairingDetail
 * PUT    /pairings/:id/pairs {places, mark: PairMark}   PairingDetail   one action
 * POST   /pairings/:id/align AlignmentRequest        AlignmentOutcome; events "alignment" tell how far it is
 * POST   /pairings/align/cancel                      204; the request that aligns answers what was aligned, which stays
 * GET    /pairings/:id/pairs/:place/ranges          PairRanges, in units of the modality, dark on low
 * POST   /pairings/:id/undo                          PairingDetail of before the latest action (409 when there is none)
 * POST   /translations TranslationRequest            RunRow (kind translate)
 * POST   /translations/flow FlowRequest             EstimatedFlow      of a pair, by the registration network of the model
 * POST   /translations/outlines                      CarriedOutcome     outlines of sources to their translations; undone by /frames/:id/undo of one of them
 * GET    /translations/:id                           TranslatedRow[]    what a run has made so far
 * POST   /synthesis SynthesisRequest                 RunRow (kind synthesise); events "pairs" bring what it makes
 * GET    /synthesis/pairs/:id/image | /mask          PNG | RLE
 * PUT    /synthesis/pairs {pairIds, state: PairState}   SyntheticPairRow[]   accepted ones become images of the training split, others leave it; events tell how far it is
 * POST   /synthesis/cancel                           204; the request that decides answers what was decided, which stays
 * POST   /synthesis/undo                             SyntheticPairRow[] of the last decision, taken back (409 when there is none)
 * GET    /experiments | /experiments/:runId          ExperimentRow[] newest first | ExperimentDetail
 * GET    /experiments/arms                           ArmRow[]           what can be compared
 * POST   /experiments {arms, labelled, seeds, folds, settings?, label?, pairing?, device?}    RunRow (kind experiment)
 * POST   /exports/preview {format, modelId?, split?, masks?: MaskKind[], previewId?: string}   ExportPreview; events of this id tell how far it is
 * POST   /exports/preview/:previewId/cancel          204; the request that asked answers with the problem "cancelled"
 * POST   /exports {format, dir, modelId?, split?, masks?, overwrite?}    ExportReport, when all is written
 * POST   /exports/:id/cancel                         204; the request that started it answers with the problem "cancelled"
 * GET    /events                                     text/event-stream of EventMap
 */
