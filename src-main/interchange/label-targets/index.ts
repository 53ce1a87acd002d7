/**
 * @file Which frames of a project the labels of a file belong to.
 */
export { classMap, MissingClasses } from "./class-map.ts";
export { LabelTargets } from "./label-targets.ts";
