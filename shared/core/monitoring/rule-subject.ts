import { hash64 } from "../kernel/hash.ts";

/** A key part has 900 bytes of UTF-8; a UTF-16 unit takes three of them at most. */
const MOST_UNITS = 300;

/** A text that fits into a key and stays readable; what is longer ends in a hash of the whole. */
function bounded(text: string): string {
  const whole = text.toWellFormed();
  if (whole.length <= MOST_UNITS) return whole;
  const end = `~${hash64(whole)}`;
  return `${whole.slice(0, MOST_UNITS - end.length).toWellFormed()}${end}`;
}

/** The aggregate of a rule. Two rules of one name in one group differ by their place among those of that name. */
export const ruleSubject = (file: string, group: string, alert: string, index: number): string =>
  bounded(`${file}/${group}/${alert}#${index}`);

/** The aggregate of a metric-path rule of a service. */
export const metricRuleSubject = (service: string, name: string): string => bounded(`services/${service}/${name}`);

/** The aggregate that knows when a group was last evaluated. */
export const groupSubject = (file: string, group: string): string => bounded(`${file}/${group}`);

/** A short name for URLs, without slashes and blanks: the same text always has the same. */
export const ruleId = (subject: string): string => `rul_${hash64(subject)}`;
