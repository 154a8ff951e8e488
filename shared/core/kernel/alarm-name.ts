import { hash64 } from "./hash.ts";

/** CloudWatch takes 1..255 characters. */
const MOST_CHARACTERS = 255;
const SHORT = "headgate-";
const NAME = /^headgate\/([^/]+)\/([^/]+)\/(.+)$/;

/** What the alarms of an installation begin with. `/` is in no stage and escaped in tenants, so no prefix is the start of another one. */
export const stagePrefix = (stage: string): string => `headgate/${encodeURIComponent(stage)}/`;

/** What the alarms of one tenant of an installation begin with. */
export const tenantPrefix = (stage: string, tenant: string): string =>
  `${stagePrefix(stage)}${encodeURIComponent(tenant)}/`;

/**
 * Name of an alarm in an account that several stages and tenants share: `headgate/<stage>/<tenant>/<service>-<metric>-<out|in>`.
 * One that would be longer than CloudWatch takes ends in a hash of the whole instead.
 *
 * @param short `headgate-<service>-<metric>-<out|in>`
 */
export function alarmName(stage: string, tenant: string, short: string): string {
  return shortened(`${tenantPrefix(stage, tenant)}${short.slice(SHORT.length)}`);
}

/** What tells the alarms of rules from those of services, whose names have no `/`. */
const RULE = "rule/";
/** Alarms that a composite alarm of a rule is made of: they wake nobody. */
const PART = "part/";
const MOST_SLUG = 60;

/**
 * Name of the alarm that stands for an alerting rule: `headgate/<stage>/<tenant>/rule/<alert>-<hash of the subject>`. The hash
 * tells rules of one name apart and stays when the expression changes; the alert's name is for people.
 *
 * @param rule `subject`: the rule's aggregate, see `ruleSubject`
 */
export const ruleAlarmName = (stage: string, tenant: string, rule: RuleName): string =>
  shortened(`${tenantPrefix(stage, tenant)}${RULE}${slugOf(rule)}`);

/** Name of the `index`-th alarm that the composite alarm of a rule is made of. */
export const partAlarmName = (stage: string, tenant: string, rule: RuleName, index: number): string =>
  shortened(`${tenantPrefix(stage, tenant)}${PART}${slugOf(rule)}-${index + 1}`);

interface RuleName {
  readonly alert: string;
  readonly subject: string;
}

const slugOf = ({ alert, subject }: RuleName) =>
  `${alert.replace(/[^A-Za-z0-9_.-]+/g, "-").slice(0, MOST_SLUG)}-${hash64(subject)}`;

function shortened(name: string): string {
  if (name.length <= MOST_CHARACTERS) return name;
  const end = `~${hash64(name)}`;
  return `${name.slice(0, MOST_CHARACTERS - end.length)}${end}`;
}

/** Stage and tenant that a name tells; undefined for anybody else's alarm. */
export function ownerOf(name: string): { readonly stage: string; readonly tenant: string } | undefined {
  const [, stage, tenant] = NAME.exec(name) ?? [];
  if (!stage || !tenant) return undefined;
  try {
    return { stage: decodeURIComponent(stage), tenant: decodeURIComponent(tenant) };
  } catch {
    return undefined;
  }
}

/** What stands for all alarms of a region in a list of alarms that could not be seen to. */
export const alarmsIn = (region: string): string => `alarms in ${region}`;
