import type { CanaryConfig, JudgeOptions } from "./types.ts";

/** Kayenta to the letter. */
export const FAITHFUL: JudgeOptions = {
  exactRoots: false,
  errorsFail: false,
  normaliseWeights: false,
  emptyIsNodata: false,
  minimumShift: 0,
  explain: false,
};

/**
 * Every known fault mended. A shift of less than 5 % of the baseline's mean is not acted on: below it Kayenta fails releases for
 * differences nobody would roll back for, as its own tolerance is a share of the shift and so never stands in its way.
 */
export const MENDED: JudgeOptions = {
  exactRoots: true,
  errorsFail: true,
  normaliseWeights: true,
  emptyIsNodata: true,
  minimumShift: 0.05,
  explain: true,
};

/** The judge's options: Kayenta's ways, then what the configuration asks for, then what the caller asks for. */
export const optionsOf = (config: CanaryConfig, asked: Partial<JudgeOptions> = {}): JudgeOptions => ({
  ...FAITHFUL,
  ...config.judge?.judgeConfigurations?.headgate,
  ...asked,
});
