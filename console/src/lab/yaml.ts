import { listOf, type Members, members } from "../values.ts";

/** What a section has anyway: it need not be written. */
const STANDARD: Members = {
  mode: "act",
  learnCapacity: true,
  outcome: { after: "10m", revert: true },
  maxAge: "5m",
  period: "1m",
};

/** Texts that YAML reads as nothing but themselves. */
const PLAIN = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[a-z][a-z0-9_-]*$|^\d+(?:ms|[smhd])$/u;

const scalar = (value: unknown): string =>
  typeof value === "string" && PLAIN.test(value) ? value : JSON.stringify(value);

/** Plain data as YAML in blocks; no more of YAML than a configuration needs. */
export function yamlOf(value: unknown, indent = ""): string {
  if (Array.isArray(value) && value.length > 0)
    return value.map((one) => `${indent}- ${yamlOf(one, `${indent}  `).slice(indent.length + 2)}`).join("\n");
  const entries = Object.entries(members(value)).filter(([, one]) => one !== undefined);
  if (Array.isArray(value) || entries.length === 0) return `${indent}${isBlock(value) ? empty(value) : scalar(value)}`;
  return entries
    .map(([key, one]) =>
      isBlock(one) && empty(one) === ""
        ? `${indent}${scalar(key)}:\n${yamlOf(one, `${indent}  `)}`
        : `${indent}${scalar(key)}: ${yamlOf(one, "")}`,
    )
    .join("\n");
}

const isBlock = (value: unknown): value is object => typeof value === "object" && value !== null;
const empty = (value: object): string =>
  Object.values(value).some((one) => one !== undefined) ? "" : Array.isArray(value) ? "[]" : "{}";

/** What a policy has anyway. */
const USUAL: Members = { arrivals: "requests", backlog: "backlog", events: [], metric: "cpu" };

/** A policy without what is the default anyway; what it is comes first. */
export const briefPolicy = ({ type, ...rest }: Members): Members => ({ type, ...without(rest, USUAL) });

const without = (value: Members, standard: Members): Members =>
  Object.fromEntries(
    Object.entries(value).filter(([key, one]) => JSON.stringify(one) !== JSON.stringify(standard[key])),
  );

/** A service's section as it is put into headgate.yaml; without what is the default anyway. */
export function sectionYaml(service: string, section: Members): string {
  const policies = listOf(section["policies"]).map((one) => briefPolicy(members(one)));
  return `${yamlOf({ autoscaling: { [service]: { ...without(section, STANDARD), policies } } })}\n`;
}
