/**
 * @file Which frames of a project the labels of a file belong to.
 */
export { classMap } from "./class-map.ts";
export { LabelTargets } from "./label-targets.ts";
