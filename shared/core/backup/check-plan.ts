import { formatDuration } from "../kernel/time.ts";
import type { BackupFinding } from "./check-finding.ts";
import { keepSpan } from "./check-times.ts";
import { readPlaces } from "./places.ts";
import type { BackupConfig, DestinationsConfig } from "./section.ts";

/** What else the configuration says that plans refer to. */
export interface PlanFacts {
  /** Names under `streams`. */
  readonly clusters: readonly string[];
  readonly destinations: DestinationsConfig;
}

type Say = (path: readonly (string | number)[], message: string, value: unknown, allowed: string) => void;

/** Faults and warnings about one plan, in the order in which its settings are described. */
export function checkPlan(name: string, plan: BackupConfig, facts: PlanFacts): readonly BackupFinding[] {
  const found: BackupFinding[] = [];
  const at = (path: readonly (string | number)[]) => ["backup", name, ...path];
  const fault: Say = (path, message, value, allowed) => void found.push({ path: at(path), message, value, allowed });
  const warn: Say = (path, message, value, allowed) =>
    void found.push({ path: at(path), message, value, allowed, works: true });
  checkRhythm(plan, fault, warn);
  for (const { path, message, value, allowed } of readPlaces(plan.to, facts.destinations).faults)
    fault(["to", Number(/\[(\d+)\]$/.exec(path)?.[1] ?? 0)], message, value, allowed ?? "a destination");
  checkCluster(plan, facts, fault, warn);
  checkSecrets(plan, warn);
  checkDrill(plan, facts, fault, warn);
  return found;
}

function checkRhythm(plan: BackupConfig, fault: Say, warn: Say): void {
  const { every, keep, full, objective, verify } = plan;
  const span = keepSpan(keep);
  if (span < every)
    fault(
      ["keep"],
      `shorter than every (${formatDuration(every)}): a point would be gone before the next one is made`,
      formatDuration(span),
      `at least ${formatDuration(every)}`,
    );
  if (full !== false && full < every)
    fault(["full"], "shorter than every", formatDuration(full), `at least ${formatDuration(every)}, or false`);
  const { rpo } = objective;
  if (rpo !== undefined && every >= rpo)
    warn(
      ["every"],
      `not less than objective.rpo (${formatDuration(rpo)}): at worst the interval, the run and its verification are lost together`,
      formatDuration(every),
      `well below ${formatDuration(rpo)}`,
    );
  if (verify === "off" && rpo !== undefined)
    warn(["verify"], "points are never verified, so objective.rpo is never proven", "off", "shallow or deep");
}

function checkCluster({ what }: BackupConfig, { clusters }: PlanFacts, fault: Say, warn: Say): void {
  if (what.topics === false) return;
  const allowed = clusters.length === 0 ? "a cluster under streams" : clusters.join(", ");
  const given = what.topics?.cluster;
  if (given !== undefined) {
    if (!clusters.includes(given)) fault(["what", "topics", "cluster"], "there is no such cluster", given, allowed);
    return;
  }
  if (clusters.length > 1)
    fault(["what", "topics", "cluster"], `is missing: which of ${clusters.length} clusters is meant`, "", allowed);
  else if (clusters.length === 0 && what.topics)
    fault(["what", "topics"], "there is no cluster that they could come from", what.topics, allowed);
  else if (clusters.length === 0)
    warn(
      [],
      "takes no topics: there is no cluster under streams",
      "",
      "a cluster under streams, or what.topics: false",
    );
}

/** What is secret is left out where there is no key; said before the first point lacks it. */
function checkSecrets({ what, key }: BackupConfig, warn: Say): void {
  if (key !== undefined || !what.config) return;
  for (const part of ["ssm", "secrets", "files"] as const)
    if (what.config[part].length > 0)
      warn(
        ["what", "config", part],
        "there is no key to seal it with, so what is or may be secret is left out",
        what.config[part],
        "key: file:path, or the ARN of a KMS key",
      );
}

function checkDrill({ drill, every, what }: BackupConfig, { clusters }: PlanFacts, fault: Say, warn: Say): void {
  if (!drill) return;
  const source =
    what.topics === false ? undefined : (what.topics?.cluster ?? (clusters.length === 1 ? clusters[0] : undefined));
  const allowed = clusters.length === 0 ? "a cluster under streams" : clusters.join(", ");
  if (drill.cluster !== undefined && !clusters.includes(drill.cluster))
    fault(["drill", "cluster"], "there is no such cluster", drill.cluster, allowed);
  else if (source !== undefined && (drill.cluster ?? source) === source)
    warn(
      drill.cluster === undefined ? ["drill"] : ["drill", "cluster"],
      `drills restore into ${source}, where the topics come from: under other names, but on the same brokers, and nothing is proven for the loss of that cluster`,
      drill.cluster ?? source,
      clusters.length > 1 ? clusters.filter((one) => one !== source).join(", ") : "another cluster under streams",
    );
  if (drill.every < every)
    warn(
      ["drill", "every"],
      `more often than points are made (${formatDuration(every)}): the same one is drilled again`,
      formatDuration(drill.every),
      `at least ${formatDuration(every)}`,
    );
}
