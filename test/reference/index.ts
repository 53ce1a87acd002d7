/**
 * @file The tools of the annotation screen, written a second time: from publications and from what their documentation says, as plainly as
 * possible, however slow. Nothing here uses the product; test/architecture.test.ts checks that.
 */
export { betweenOf } from "./between.ts";
export { wiredOf, wireOf } from "./live-wire.ts";
export { closeOf, growOf, openOf, shrinkOf, smoothOf } from "./morphology.ts";
export { ellipseOf, polygonOf, rectangleOf, strokeOf } from "./outlines.ts";
export { bridgeOf, cutOf } from "./parts.ts";
export { type At, type Picture, pixelAt, type Plane, type Size } from "./plane.ts";
export { classRegionOf, filledOf, largestOf, regionOf, shapeOf } from "./regions.ts";
export { snappedOf } from "./snapped.ts";
