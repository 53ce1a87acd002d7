/** @file Networks of the person's own that lie on this machine: a Stable Diffusion in parts. */
export interface BackboneRow {
  id: string;
  /** That of its folder. */
  name: string;
  prompt: string | null;
  parts: { role: string; name: string; bytes: number; sha256: string }[];
  /** In words, what can be done with it. */
  uses: string[];
  isTrainable: boolean;
  /** Side of images that its files fix, pixels; null: multiples of 64. */
  size: number | null;
  /** What is doubtful about it, in sentences. */
  remarks: string[];
}

/** Pictures that a backbone paints as it is. */
export interface BackbonePaintingProgress {
  backboneId: string;
  /** Pictures that are painted, of how many. */
  done: number;
  total: number;
  /** Of the picture that is painted now, of how many. */
  step: number;
  steps: number;
  /** null while unknown. */
  secondsLeft: number | null;
}

/** One that was just added. */
export interface AddedBackbone extends BackboneRow {
  /** Models of the folder that are no part, with the reason. */
  leftOut: string[];
}
