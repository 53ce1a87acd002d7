/** @file ONNX networks of the person's own in the project: trunks that classifiers are trained on. */
export interface TrunkRow {
  /** What the setting `network` takes. */
  id: string;
  /** That of its file. */
  name: string;
  /** Of its file. */
  bytes: number;
  channels: 1 | 3;
  /** Side of images that its file fixes, pixels; null: any that its layers take. */
  size: number | null;
  /** Numbers that it says of an image, or of each place in it. */
  features: number;
  tellsPlaces: boolean;
  /** Numbers that learn. */
  weights: number;
  /** Batch normalizations, which go on with the statistics of the file. */
  norms: number;
}
