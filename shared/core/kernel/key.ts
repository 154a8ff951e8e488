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

/** Inverse of {@link keyText}; undefined where the text has not exactly three parts or is badly encoded. */
export function parseKey(text: string): AggregateKey | undefined {
  const parts = text.split("/");
  if (parts.length !== 3) return undefined;
  try {
    const [tenant, noun, subject] = parts.map((part) => decodeURIComponent(part));
    if (!tenant || !noun || !subject) return undefined;
    return { tenant, noun, subject };
  } catch {
    return undefined;
  }
}
