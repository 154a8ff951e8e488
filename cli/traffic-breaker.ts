import type { Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { SEED } from "./traffic-options.ts";

/** `headgate traffic breaker simulate|replay`. */
export const trafficBreakerVerb: Verb = {
  name: "breaker",
  about:
    "What a circuit breaker's rule would do, without a server. `simulate`: calls that fail at random, by simulation and by formula. `replay`: calls that were recorded, several rules side by side.",
  positionals: ["simulate|replay", "[KEY=VALUE]..."],
  options: [
    {
      name: "failure",
      value: "SHARE",
      about: "simulate: share of calls that fail; it may change: 0.02,0.9@60s,0.02@5m",
    },
    { name: "slow", value: "SHARE", about: "simulate: share of calls slower than the rule's `slow` (default: 0)" },
    { name: "calls", value: "N", about: "simulate: how many, one after the other (default: 1000)" },
    { name: "rate", value: "N", about: "simulate: calls per second (default: 100)" },
    { name: "runs", value: "N", about: "simulate: how often (default: up to 20000, 20 million calls in all)" },
    { name: "outcomes", value: "FILE", about: "replay: CSV at,ok,ms or one JSON object a line; - is standard input" },
    {
      name: "policy",
      value: "NAME",
      about:
        "consecutive, rate or seed (the platform's rule to the letter), several with commas, or all (default: consecutive; replay: all)",
    },
    {
      name: "set",
      value: "KEY=VALUE,...",
      about: "settings as in headgate.yaml: failures=3,recovery=30s,window=100,failureRate=25",
    },
    SEED,
  ],
  example: "headgate traffic breaker simulate --failure 0.2 --calls 10000 --rate 100",
  run: async (invocation) => {
    const [action] = invocation.positionals;
    if (action === "simulate") return (await import("./traffic-breaker-simulate.ts")).simulate(invocation);
    if (action === "replay") return (await import("./traffic-breaker-replay.ts")).replay(invocation);
    throw new UsageError(`${JSON.stringify(action)} is neither simulate nor replay`, "headgate traffic breaker --help");
  },
};
