// Cloudscape's colors for charts. Each has a variant for the dark theme.
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

/** For the rest of a whole. */
export const REST_COLOR = colorChartsStatusNeutral;

/** For a total beside parts that do not add up. */
export const TOTAL_COLOR = colorTextBodyDefault;
