/** Address of one aggregate. The tenant comes first in every key, so that a list can never cross tenants. */
export interface AggregateKey {
  readonly tenant: string;
  /** "autoscaling", "config", "access" … */
  readonly noun: string;
  /** What the aggregate is about, e.g. the service name. */
  readonly subject: string;
}

export const DEFAULT_TENANT = "default";

const segment = (text: string): string => encodeURIComponent(text);

/** "tenant/noun/subject" with each part percent-encoded, so that names with slashes, blanks or emoji stay apart. */
export function keyText(key: AggregateKey): string {
  return `${segment(key.tenant)}/${segment(key.noun)}/${segment(key.subject)}`;
}
