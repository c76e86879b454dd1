// Cloudscape's colours for charts; each has a form for the dark theme.
import {
  colorChartsPaletteCategorical1,
  colorChartsPaletteCategorical2,
  colorChartsPaletteCategorical3,
  colorChartsPaletteCategorical4,
  colorChartsPaletteCategorical5,
  colorChartsPaletteCategorical6,
  colorChartsPaletteCategorical7,
  colorChartsPaletteCategorical8,
  colorChartsStatusNeutral,
  colorTextBodyDefault,
} from '@cloudscape-design/design-tokens';

export const COLORS = [
  colorChartsPaletteCategorical1,
  colorChartsPaletteCategorical2,
  colorChartsPaletteCategorical3,
  colorChartsPaletteCategorical4,
  colorChartsPaletteCategorical5,
  colorChartsPaletteCategorical6,
  colorChartsPaletteCategorical7,
  colorChartsPaletteCategorical8,
];

/** For what is left of a whole: neither good nor bad. */
export const REST = colorChartsStatusNeutral;

/** For a whole beside its parts, where these do not add up: none of their colors. */
export const EVERYBODY = colorTextBodyDefault;
