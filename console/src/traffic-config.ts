import { duration, plural, words } from "./format.ts";
import { listOf, type Members, members, numberOf, show, textOf } from "./values.ts";

/** One setting as people read it. */
export type Fact = readonly [name: string, text: string];

const span = (value: unknown): string => {
  const ms = numberOf(value);
  return ms === undefined ? show(value) : duration(ms);
};

/** What policies look at beside their name, where it is not the default. */
function balanceText(balance: Members): string {
  const factor = numberOf(balance["balanceFactor"]) ?? 0;
  const policy = textOf(balance["policy"]) ?? "not known";
  const parts = [words(policy)];
  if (policy === "consistent_hashing") parts.push(`by a ${show(balance["table"])} table`);
  if (policy === "least_response_time")
    parts.push(`an old response time counts a third after ${span(balance["decay"])}`);
  if (balance["choices"] !== undefined) parts.push(`compares ${show(balance["choices"])}`);
  if (balance["variant"] === "seed") parts.push("as the platform's formula has it");
  if (factor > 0) parts.push(`no backend above ${factor} % of the average in flight`);
  return parts.join(", ");
}

/** A rule of circuit breakers in words; durations in milliseconds. */
export function breakerText(rule: unknown): readonly Fact[] {
  const own = members(rule);
  if (rule === "off" || own["rule"] === undefined) return [["breaker", "off: no circuit ever opens"]];
  return [
    ["opens", opensText(own)],
    ["stays open", openText(own)],
    ["probes", probesText(own)],
    ["counts as failures", listOf(own["failOn"]).map(show).join(", ") || "nothing"],
  ];
}

function opensText(own: Members): string {
  if (own["rule"] === "consecutive") {
    const forget = own["forget"] === "never" ? "counts never age" : `forgotten after ${span(own["forget"])}`;
    return `after ${plural(numberOf(own["failures"]) ?? 0, "failure")} more than successes, ${forget}`;
  }
  const window = members(own["window"]);
  const over = window["calls"] === undefined ? `${span(window["time"])}` : `${show(window["calls"])} calls`;
  const slow = `${show(own["slowRate"])} % take longer than ${span(own["slow"])}`;
  return `when ${show(own["failureRate"])} % fail or ${slow}, of the last ${over} and at least ${show(own["minimumCalls"])} calls`;
}

function openText(own: Members): string {
  const backoff = numberOf(own["backoff"]) ?? 1;
  const jitter = numberOf(own["jitter"]) ?? 0;
  return [
    span(own["recovery"]),
    ...(backoff > 1 ? [`${backoff} times longer each time, ${span(own["recoveryMax"])} at the most`] : []),
    ...(jitter > 0 ? [`up to ${Math.round(jitter * 100)} % longer at random`] : []),
    ...(own["retryAfter"] === true ? ["longer where an answer asks for it"] : []),
  ].join(", ");
}

function probesText(own: Members): string {
  const probes = own["probes"] === "all" ? "everybody may try" : `${show(own["probes"])} at a time`;
  return `${probes}, ${plural(numberOf(own["successes"]) ?? 0, "success", "successes")} close it, one failure opens it again`;
}

function outlierText(outlier: unknown): string {
  if (outlier === "off") return "off: nobody is ejected for failing requests";
  const own = members(outlier);
  return [
    `ejects after ${show(own["consecutive5xx"])} failures in a row`,
    `for ${span(own["baseEjection"])} and longer each time, ${span(own["maxEjection"])} at the most`,
    `${show(own["maxEjectedPercent"])} % of the backends at the most`,
    `looks every ${span(own["interval"])}`,
  ].join(", ");
}

function checksText(health: unknown, within: string | undefined): string {
  if (health === undefined) return "none are made";
  const own = members(health);
  return [
    `GET ${show(own["path"])} every ${span(own["every"])}, within ${span(own["timeout"])}`,
    `${show(own["unhealthy"])} failures in a row take it out, ${show(own["healthy"])} successes bring it back`,
    ...(within === undefined ? [] : [within]),
  ].join("; ");
}

function retryText(retry: Members): string {
  const most = numberOf(retry["max"]) ?? 0;
  if (most === 0) return "none";
  const on = listOf(retry["on"]).map(show).join(", ");
  return `up to ${most} on ${on}, ${show(retry["budget"])} % of what is in flight at the most (never fewer than ${show(retry["budgetMinimum"])})`;
}

function limitsText(limits: Members): string {
  const rate = numberOf(limits["rate"]);
  return [
    ...(rate === undefined ? [] : [`${rate} req/s are let in`]),
    ...(limits["concurrency"] === undefined ? [] : [`${show(limits["concurrency"])} in flight at the most`]),
    `${show(limits["queue"])} may wait, each ${span(limits["queueTimeout"])} at the most`,
  ].join(", ");
}

function localityText(config: Members): string {
  const zone = textOf(config["zone"]);
  const way =
    config["locality"] === "off" || config["locality"] === undefined
      ? "zones are not looked at"
      : words(show(config["locality"]));
  return zone === undefined ? way : `${way}, requests come from ${zone}`;
}

function hashText(hash: unknown): string {
  const all = listOf(hash).map((one) => {
    if (typeof one === "string") return one;
    const [kind, name] = Object.entries(members(one))[0] ?? ["", ""];
    return `${kind} ${show(name)}`;
  });
  return all.join(", then ");
}

/** The traffic configuration in force, as people read it. Total: what is not known is told as it is. */
export function configFacts(config: unknown, within?: string): readonly Fact[] {
  const own = members(config);
  const slowStart = members(own["slowStart"]);
  const panic = numberOf(own["panic"]) ?? 0;
  const hashed = hashText(own["hash"]);
  return [
    ["policy", balanceText(members(own["balance"]))],
    ...(hashed === "" ? [] : [["hashed by", hashed] as const]),
    ["checks", checksText(own["health"], within)],
    ["passive ejection", outlierText(own["outlier"])],
    ...breakerText(own["breaker"]).map(
      ([name, text]) => [name === "breaker" ? "circuits" : `circuits: ${name}`, text] as const,
    ),
    ["panic", panic === 0 ? "never" : `when fewer than ${panic} % are well, all are used`],
    ["retries", retryText(members(own["retry"]))],
    ["limits", limitsText(members(own["limits"]))],
    [
      "timeout",
      `${span(own["timeout"])} of silence${own["totalTimeout"] === undefined ? "" : `, ${span(own["totalTimeout"])} in all`}`,
    ],
    [
      "slow start",
      own["slowStart"] === undefined
        ? "none"
        : `over ${span(slowStart["window"])} from ${show(slowStart["minWeight"])} % of its weight`,
    ],
    ["zones", localityText(own)],
    ...(own["subsets"] === undefined
      ? []
      : [["subsets", `by ${listOf(members(own["subsets"])["keys"]).map(show).join(", ")}`] as const]),
    ["lease", `${span(own["lease"])} unless a registration says otherwise`],
  ];
}
