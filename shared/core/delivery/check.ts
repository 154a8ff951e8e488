import { formatDuration, MINUTE_MS } from "../kernel/time.ts";
import { canary } from "./rollout/canary.ts";
import type { DeliveryConfig } from "./section.ts";

/** One thing that the schema cannot see and that would not work. */
export interface SemanticFault {
  /** Inside the service's delivery configuration, e.g. ["gate", "marginal"]. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value: unknown;
  readonly allowed: string;
  /** It works, and is probably not meant. */
  readonly works?: true;
}

/** What else the configuration says of the service. */
export interface DeliveryFacts {
  /** Under `services`, so that it runs before anything is released. */
  readonly known: boolean;
  /** Under `services` with `ecs`: one ECS service, whose tasks ECS replaces itself. */
  readonly ecs: boolean;
  /** A load balancer divides its traffic (`traffic.weights`). */
  readonly weights: boolean;
}

/** Semantic faults of one service's configuration, in the order of the file. Empty where it can work. */
export function checkDelivery(config: DeliveryConfig, facts: DeliveryFacts): readonly SemanticFault[] {
  const { strategy, steps, every, bake, approval, timeout, poll, gate, counts, ecs, flink } = config;
  const faults: SemanticFault[] = [];
  const fault = (path: SemanticFault["path"], message: string, value: unknown, allowed: string) =>
    void faults.push({ path, message, value, allowed });
  const warn = (path: SemanticFault["path"], message: string, value: unknown, allowed: string) =>
    void faults.push({ path, message, value, allowed, works: true });
  const shares = strategy === "canary" || strategy === "blue-green";
  const slots = ecs ? Object.keys(ecs.slots).length : facts.ecs ? 1 : undefined;
  if (shares && slots === 1)
    warn(
      ["strategy"],
      "tasks of one ECS service are replaced by ECS itself: releases are started all at once",
      strategy,
      "two slots under ecs, or all-at-once",
    );
  if (shares && slots === 2 && !facts.weights)
    // Whoever only asks Headgate to judge (hooks of ECS and others) needs no weights.
    warn(
      ["strategy"],
      "nothing divides the traffic between the two slots: such a release will be refused",
      strategy,
      "weights under traffic, or the strategy all-at-once",
    );
  // The one service that ECS itself moves between two target groups has no slots of their names.
  if (ecs?.targetGroups && slots === 2) {
    const lost = Object.keys(ecs.targetGroups).find((slot) => !Object.hasOwn(ecs.slots, slot));
    if (lost !== undefined)
      fault(["ecs", "targetGroups", lost], "is no slot", lost, `one of ${Object.keys(ecs.slots).join(", ")}`);
  }
  if (flink && strategy !== "flink-blue-green")
    warn(["flink"], "is not used by this strategy", strategy, "the strategy flink-blue-green");
  if (strategy === "rolling" && config.maxSurge === 0 && config.minHealthy === 100)
    warn(
      ["maxSurge"],
      "leaves no room: one instance above the wanted number is taken",
      0,
      "maxSurge from 1, or minHealthy below 100",
    );
  if (poll > timeout)
    fault(
      ["poll"],
      "longer than timeout: nobody would look in time",
      formatDuration(poll),
      `at most ${formatDuration(timeout)}`,
    );
  checkTimes(config, fault);
  if (gate !== "off") {
    if (gate.rule === "kayenta" && gate.marginal > gate.pass)
      fault(["gate", "marginal"], "above pass", gate.marginal, `at most ${gate.pass}`);
    const judged = strategy === "blue-green" ? bake : (canary.plan(config, 1)[0]?.forMs ?? 0);
    if (shares && judged < every)
      warn(
        strategy === "blue-green" ? ["bake"] : ["first"],
        "shorter than a tick: it is over before anything is judged",
        formatDuration(judged),
        `at least ${formatDuration(every)}`,
      );
  }
  if (gate !== "off" && strategy !== "all-at-once") {
    if (counts === "cloudwatch" && every % MINUTE_MS !== 0)
      fault(["every"], "CloudWatch counts whole minutes", formatDuration(every), "60s, or a multiple of it");
    if (typeof counts === "object")
      for (const [name, query] of Object.entries(counts.prometheus))
        if (name !== "url" && query !== undefined && !query.includes("$version"))
          fault(
            ["counts", "prometheus", name],
            "does not tell versions apart",
            query,
            "PromQL with $version and $window",
          );
  }
  if (gate !== "off" && !approval && steps.length === 1 && strategy === "canary" && (steps[0]?.percent ?? 0) === 100)
    warn(
      ["steps"],
      "all traffic at once: there is nothing left to compare with",
      100,
      "a first step below 100, or blue-green",
    );
  if (!facts.known && !ecs)
    warn(
      [],
      "the service is not in services: it runs once a release with a command was deployed",
      "",
      "a name under services",
    );
  return faults;
}

function checkTimes(
  config: DeliveryConfig,
  fault: (path: SemanticFault["path"], message: string, value: unknown, allowed: string) => void,
): void {
  const { strategy, bake, deadline } = config;
  const steps = strategy === "canary" ? canary.plan(config, 1).reduce((sum, { forMs }) => sum + forMs, 0) : 0;
  const planned = steps + (strategy === "all-at-once" ? 0 : bake);
  if (strategy !== "flink-blue-green" && planned > deadline)
    fault(
      ["deadline"],
      `the steps and the bake take ${formatDuration(planned)}`,
      formatDuration(deadline),
      `at least ${formatDuration(planned)}, with time for people`,
    );
}
