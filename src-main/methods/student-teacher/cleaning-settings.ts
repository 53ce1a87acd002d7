/** @file Settings of how pseudo-labels are cleaned. */
import { choice, number } from "../settings.ts";

export const cleaningSettings = {
  components: choice({
    label: "Parts kept",
    help: "Of each class of a pseudo-label: the largest part (an organ), the several largest, all that are large (lesions), or all.",
    default: "largest",
    options: ["largest", "several", "large", "all"],
  }),
  componentCount: number({
    label: "Number of parts",
    help: "For several parts: how many of each class stay in an image.",
    default: 2,
    min: 1,
    max: 1000,
    integer: true,
  }),
  componentArea: number({
    label: "Smallest part",
    help: "For large parts: percent of the image or patch that a part must cover to stay.",
    default: 0.1,
    min: 0,
    max: 100,
  }),
  connectivity: choice({
    label: "Parts touch by",
    help: "Whether what touches at a corner alone is one part. edges: in volumes at an edge too, but not at a corner (18 neighbours).",
    default: "corners",
    options: ["corners", "edges", "sides"],
  }),
};
