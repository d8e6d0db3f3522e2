/** What a feature is, in words. */
export interface FeatureDescription {
  /** The extractor's column. */
  readonly name: string
  /** What the feature is about: features of one topic say the same of different parts of an object. */
  readonly topic: string
  /** One sentence: what it measures. */
  readonly measures: string
  /** Unit and range. */
  readonly range: string
  /** What an object with a high value looks like. */
  readonly high: string
  /** What an object with a low value looks like. */
  readonly low: string
  /** Who described it, or how it differs from what they described. */
  readonly source: string
}

const lochner = 'Lochner & Bassett 2021'
const own = 'this project'

/** Isophotes as words: the part of the object that lies above the percentile. */
const parts = [
  [90, 'the brightest 10 %'],
  [80, 'the brightest 20 %'],
  [70, 'the brightest 30 %'],
  [60, 'the brightest 40 %'],
  [50, 'the brighter half'],
  [0, 'the outline'],
] as const

function describeIsophote(percentile: number, part: string): FeatureDescription[] {
  const outermost = percentile === 0
  const whose = outermost ? 'the object’s outline' : `${part} of the object’s pixels`
  const feature = (
    property: string,
    topic: string,
    measures: string,
    range: string,
    high: string,
    low: string,
  ): FeatureDescription => ({
    name: `ellipse_${percentile}_${property}`,
    topic,
    measures,
    range,
    high,
    low,
    source: property === 'residual' || property === 'aspect' ? lochner : `after ${lochner}`,
  })
  return [
    feature(
      'residual',
      'ellipse fit',
      `How far the edge of ${whose} strays from the best ellipse through it.`,
      'log10 of a share of the radius; −2.5 (an ellipse as far as pixels can tell) to about 0',
      `${part} is no ellipse: arms, tails, bumps or a split`,
      `${part} is a clean ellipse`,
    ),
    outermost
      ? feature(
          'offset',
          'offset from the middle',
          'How far the outline’s ellipse lies from the middle of the picture.',
          'semi-major axes, 0 to 2',
          'the object is off the middle of the picture',
          'the object is in the middle of the picture',
        )
      : feature(
          'offset',
          'offset within',
          `How far the ellipse of ${whose} lies from that of the outline.`,
          'semi-major axes of the outline, 0 to 2',
          `${part} sits off the centre of the object`,
          `${part} sits in the centre of the object`,
        ),
    feature(
      'aspect',
      'aspect',
      `Minor axis over major axis of the ellipse of ${whose}.`,
      'share, 0 to 1',
      `${part} is round`,
      `${part} is long and thin`,
    ),
    outermost
      ? feature(
          'angle',
          'twist',
          'How far the outline’s ellipse is turned against the light within it; little where either is round.',
          'share, 0 to 1',
          'the outline is turned against the light within',
          'the outline follows the light within, or is round',
        )
      : feature(
          'angle',
          'twist',
          `How far the ellipse of ${whose} is turned against that of the outline; little where either is round.`,
          'share, 0 to 1',
          `${part} is turned against the outline`,
          `${part} follows the outline, or is round`,
        ),
    outermost
      ? feature(
          'axis',
          'size',
          'Major axis of the outline’s ellipse over the side of the picture.',
          'log10 of a share; 0 = as long as the picture is wide',
          'fills the picture',
          'small in the picture',
        )
      : feature(
          'axis',
          'spread of the bright part',
          `Major axis of the ellipse of ${whose} over that of the outline.`,
          'log10 of a share; −2 to about 0',
          `${part} reaches far out`,
          `${part} is huddled in a small core`,
        ),
  ]
}

const rotation = (name: string, what: string, part: string, source: string): FeatureDescription => ({
  name,
  topic: 'lopsidedness',
  measures: `How much ${what} changes when it is turned by half a turn about its centre.`,
  range: 'share, 0 to 2',
  high: `${part} lopsided about its centre`,
  low: `${part} the same on opposite sides of its centre`,
  source,
})

const harmonics = ['one side brighter', 'two-fold: a bar or two arms', 'three-fold', 'four-fold, boxy'] as const

const fourier = (order: 1 | 2 | 3 | 4, where: 'inner' | 'outer'): FeatureDescription => ({
  name: `fourier_${order}_${where}`,
  topic: `${order}-fold structure, ${where}`,
  measures: `How strongly the brightness goes up and down ${order === 1 ? 'once' : `${order} times`} along ellipses in the ${where} part (${where === 'inner' ? '¼ to ½' : '⅝ to 1'} of the semi-major axis).`,
  range: 'share of the mean brightness, 0 to 2',
  high: `${where} structure, ${harmonics[order - 1]}`,
  low: `${where} part without ${order}-fold structure`,
  source: own,
})

const profile = (eighths: 2 | 4 | 6 | 8, where: string): FeatureDescription => ({
  name: `profile_${eighths}`,
  topic: 'brightness outwards',
  measures: `Brightness ${where} over the mean brightness within.`,
  range: 'ratio, 0 to 3; 1 = level',
  high: `${where}, the light stays bright or rises: a disc or a ring`,
  low: `${where}, the light has faded: a bright core or a hole`,
  source: own,
})

/**
 * What each column of the morphology extractor is, in the columns' order.
 *
 * @remarks Sources are given in full at `createMorphologyExtractor`.
 */
export const morphologyGlossary: readonly FeatureDescription[] = Object.freeze([
  ...parts.flatMap(([percentile, part]) => describeIsophote(percentile, part)),
  {
    name: 'multimode',
    topic: 'second part',
    measures:
      'Area of the second largest part of the bright pixels over that of the largest, at the level where it is most.',
    range: 'share, 0 to 1',
    high: 'the bright part falls into two',
    low: 'the bright part is in one piece',
    source: 'after Freeman et al. 2013',
  },
  {
    name: 'concentration',
    topic: 'concentration',
    measures: 'Radius that holds four fifths of the light over the radius that holds one fifth.',
    range: '5 log10 of a ratio; 0 to about 6, an even disc 1.5',
    high: 'light crowded into the centre',
    low: 'light spread evenly',
    source: 'Conselice 2003',
  },
  {
    name: 'asymmetry',
    topic: 'lopsidedness',
    measures: 'How much the light changes when it is turned by half a turn about its centre, less what noise adds.',
    range: 'share, −0.5 to 2',
    high: 'light lopsided about its centre',
    low: 'light the same on opposite sides of its centre',
    source: 'Conselice 2003',
  },
  {
    name: 'smoothness',
    topic: 'clumpiness',
    measures: 'Share of the light in spots brighter than their surroundings; the core is left out.',
    range: 'share, 0 to 1; despite its name high = not smooth',
    high: 'clumpy: bright knots',
    low: 'smooth',
    source: 'after Conselice 2003',
  },
  {
    name: 'gini',
    topic: 'inequality of light',
    measures: 'How unequally the light is shared among the object’s pixels.',
    range: 'share; 0 = all alike, 1 = all in one pixel',
    high: 'most of the light in few pixels',
    low: 'light shared evenly by all pixels',
    source: 'Lotz, Primack & Madau 2004',
  },
  {
    name: 'm20',
    topic: 'place of the brightest light',
    measures: 'How far from the centre the brightest fifth of the light lies.',
    range: 'log10 of a share, −4 to 0',
    high: 'its brightest places lie far from its centre or from each other',
    low: 'its brightest light lies in one centre',
    source: 'Lotz, Primack & Madau 2004',
  },
  rotation('object_asymmetry', 'the blurred object', 'blurred light', 'Conselice 2003'),
  rotation('shape_asymmetry', 'the outline', 'outline', 'Pawlik et al. 2016'),
  rotation('outer_asymmetry', 'the light beyond the half-light radius', 'outer light', 'after Conselice 2003'),
  {
    name: 'size',
    topic: 'size',
    measures: 'Radius that holds half of the light over the side of the picture.',
    range: 'log10 of a share, always negative',
    high: 'its light reaches far across the picture',
    low: 'its light is small in the picture',
    source: own,
  },
  {
    name: 'intensity',
    topic: 'second peak',
    measures: 'Light of the second brightest peak over that of the brightest.',
    range: 'share, 0 to 1',
    high: 'two peaks of like brightness',
    low: 'a single peak',
    source: 'Freeman et al. 2013',
  },
  {
    name: 'peaks',
    topic: 'number of peaks',
    measures: 'Number of peaks with at least a twentieth of the brightest one’s light.',
    range: 'log2(1 + number), from 1',
    high: 'many bright peaks',
    low: 'hardly any second peak',
    source: 'after Freeman et al. 2013',
  },
  ...([1, 2, 3, 4] as const).map((order) => fourier(order, 'inner')),
  ...([2, 3] as const).map((order) => fourier(order, 'outer')),
  profile(2, 'a quarter of the way out'),
  profile(4, 'halfway out'),
  profile(6, 'three quarters of the way out'),
  profile(8, 'at the edge'),
  {
    name: 'colour',
    topic: 'colour',
    measures: 'Light in the first (bluest) band over that in the first and the last together.',
    range: 'share, 0 to 1; ½ for one band; the other way round where the last band is the bluest, as in RGB pictures',
    high: 'bright in the first band (blue where bands go from blue to red)',
    low: 'bright in the last band (red where bands go from blue to red)',
    source: own,
  },
  {
    name: 'colour_middle',
    topic: 'colour of the middle band',
    measures: 'Light in the middle band over that in it and in the mean of the first and last together.',
    range: 'share, 0 to 1; ½ for one band',
    high: 'bright in the middle band: odd colours',
    low: 'faint in the middle band: odd colours',
    source: own,
  },
  {
    name: 'colour_gradient',
    topic: 'colour from the centre outwards',
    measures: 'Colour (see there) within the half-light radius less the colour outside.',
    range: 'difference of shares, −1 to 1; 0 for one band',
    high: 'centre brighter in the first band than the outskirts are',
    low: 'centre brighter in the last band than the outskirts are',
    source: own,
  },
  {
    name: 'colour_asymmetry',
    topic: 'uneven colour',
    measures: 'How much the colour differs between places opposite each other about the centre.',
    range: 'share, 0 to 2; 0 for one band',
    high: 'differently coloured on opposite sides',
    low: 'of the same colour on opposite sides',
    source: own,
  },
  {
    name: 'companions',
    topic: 'companions',
    measures: 'Number of other objects in the picture.',
    range: 'log2(1 + number), from 0',
    high: 'many other objects in the picture',
    low: 'alone in the picture',
    source: own,
  },
  {
    name: 'near_light',
    topic: 'neighbours’ light',
    measures: 'Light of the neighbours, up to three semi-major axes away, over theirs and the object’s together.',
    range: 'share, 0 to 1',
    high: 'outshone by its neighbours',
    low: 'no bright neighbour',
    source: own,
  },
  {
    name: 'second_light',
    topic: 'neighbours’ light',
    measures: 'Light of the brightest neighbour over its and the object’s together.',
    range: 'share, 0 to 1',
    high: 'a bright neighbour',
    low: 'no bright neighbour',
    source: own,
  },
  {
    name: 'edge',
    topic: 'edge of the picture',
    measures: 'Share of the picture’s edge that the object lies on.',
    range: 'share, 0 to 1',
    high: 'runs over the edge of the picture',
    low: 'clear of the edge of the picture',
    source: own,
  },
])

const byName: ReadonlyMap<string, FeatureDescription> = new Map(morphologyGlossary.map((entry) => [entry.name, entry]))

/** What a feature of that name is; undefined for a name that the glossary lacks. */
export function describeFeature(name: string): FeatureDescription | undefined {
  return byName.get(name)
}
