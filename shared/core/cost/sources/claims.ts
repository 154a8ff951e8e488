import type { Charge } from "../types.ts";

/** Names that bills and interfaces write for one provider. */
const SAME: Readonly<Record<string, string>> = {
  aws: "AWS",
  "amazon web services": "AWS",
  "amazon web services, inc.": "AWS",
  "amazon web services emea sarl": "AWS",
  amazon: "AWS",
  microsoft: "Microsoft",
  azure: "Microsoft",
  "microsoft azure": "Microsoft",
  "microsoft corporation": "Microsoft",
  google: "Google Cloud",
  gcp: "Google Cloud",
  "google cloud": "Google Cloud",
  "google cloud platform": "Google Cloud",
  oracle: "Oracle",
  oci: "Oracle",
  "oracle cloud infrastructure": "Oracle",
};
const UNKNOWN = "?";
const ALL = "*";
/** Accounts of one provider above which only the provider is kept: the claim then is for all of it. */
const MOST = 300;

export const providerName = (name: string): string => SAME[name.trim().toLowerCase()] ?? name.trim();

/**
 * Whose money a charge is: "provider/account", the account that used it before the one that pays. "AWS/*": all of a provider; "?" where the bill does
 * not say. Two sources with the same claim on a day bill the same thing, and only one of them may be counted.
 */
export function claimOf({ provider, account, subAccount }: Charge): string {
  const who = provider === undefined ? UNKNOWN : providerName(provider);
  return `${who}/${subAccount ?? account ?? ALL}`;
}

const parts = (claim: string): readonly [string, string] => {
  const at = claim.indexOf("/");
  return [claim.slice(0, at), claim.slice(at + 1)];
};

/** Whether two claims may be for the same money. A provider that is not known is its own, unless `unknown` says that it may be any. */
export function sameClaim(a: string, b: string, unknown = false): boolean {
  if (a === b) return true;
  const [whoA, accountA] = parts(a);
  const [whoB, accountB] = parts(b);
  if (whoA !== whoB && !(unknown && (whoA === UNKNOWN || whoB === UNKNOWN))) return false;
  return accountA === accountB || accountA === ALL || accountB === ALL;
}

/** Whether any of one side may be for the same money as any of the other. */
export function claimsMeet(some: Iterable<string>, others: Iterable<string>, unknown = false): boolean {
  const all = [...others];
  for (const one of some) if (all.some((other) => sameClaim(one, other, unknown))) return true;
  return false;
}

/** In order, and as "provider/*" where there are very many. */
export function fewClaims(claims: Iterable<string>): readonly string[] {
  const sorted = [...new Set(claims)].sort();
  if (sorted.length <= MOST) return sorted;
  return [...new Set(sorted.map((claim) => `${parts(claim)[0]}/${ALL}`))].sort();
}
