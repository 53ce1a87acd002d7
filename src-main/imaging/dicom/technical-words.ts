/**
 * @file Clean Descriptors (PS3.15 E.3.5): of a description only words that are known to be technical stay.
 */

/** Modalities, sequences, planes, body parts, sides, contrast; without those that are common family names, such as long, rao and dixon. */
const words = new Set(
  `ct mr mri us xa rf dx cr mg pt pet nm spect oct sc hrct cta mra cbct
  t1 t2 t1w t2w pd pdw flair stir dwi adc swi tof dti epi gre se tse fse ir mprage space vibe ssfp fiesta bssfp
  trufi asl perfusion diffusion b0 b50 b100 b400 b500 b800 b1000 fs fatsat spair water fat inphase outphase opp
  phase magnitude trace fa map
  ax axial cor coronal sag sagittal obl oblique tra transverse lat lateral ap pa sax lax 2ch 3ch 4ch axis
  view views left right bilateral l r lt rt
  brain head skull orbit orbits pituitary sinus sinuses neck thyroid larynx spine cervical thoracic lumbar sacrum chest
  thorax lung lungs mediastinum heart cardiac coronary aorta abdomen abdominal liver kidney kidneys renal spleen pancreas
  bowel colon pelvis pelvic bladder prostate uterus ovary ovaries breast mammo mammography shoulder elbow wrist hand finger
  hip femur knee ankle foot tibia fibula leg arm extremity vessel carotid retina fundus skin
  pre post contrast gd gad native plain arterial portal venous delayed late dynamic cine gated triggered breathhold
  bh fb free breathing enhancement lge
  localizer scout survey topogram scan series image images slice slices thin thick recon reconstruction mip mpr minip 2d 3d
  4d soft tissue bone kernel window standard smooth std baseline high dose res resolution
  normal harder softer window1 window2 window3 window4
  mm cm ms sec s kv kvp mas hz with without and of the`.split(/\s+/),
);

/** One to three digits with or without decimals and a unit: "5mm", "0.75". Longer ones may be numbers of persons. */
const shortNumber = /^\d{1,3}(\.\d{1,3})?(mm|cm|ms|s)?$/;

/** Dates, times, numbers of persons and telephones, UIDs: digits in three pieces, or two with a sign of dates between them. */
const numberRun = /\d+(?:[^A-Za-z0-9]+\d+){2,}|\d+[/:]\d+/g;

/** Known words of `value`, separated by spaces; empty when none is known. */
export function cleanDescription(value: string): string {
  return value
    .replace(numberRun, " ")
    .split(/[^A-Za-z0-9.]+/)
    .filter((word) => words.has(word.toLowerCase()) || shortNumber.test(word))
    .join(" ");
}
