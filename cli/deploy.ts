import type { DeliveryServiceView, ReleaseStartedView, RolloutSummaryView } from "../functions/api/views-delivery.ts";
import { parseDuration } from "../shared/core/kernel/time.ts";
import { answer, client, once } from "./client.ts";
import { durationText, type Given, type Group, type Invocation, text } from "./command.ts";
import { RELEASE_OPTIONS, releaseOf } from "./deploy-release.ts";
import { UsageError } from "./errors.ts";
import { type Io, plain } from "./io.ts";
import { orNo } from "./rollout-no.ts";
import { failureLines, follower } from "./rollout-text.ts";
import { waitForRollout } from "./rollout-wait.ts";

const HELP = "headgate deploy --help";
const STRATEGIES = ["canary", "blue-green", "rolling", "all-at-once", "flink-blue-green"] as const;

function strategyOf(options: Given): (typeof STRATEGIES)[number] | undefined {
  const given = text(options, "strategy")?.replaceAll("_", "-");
  if (given === undefined) return undefined;
  const found = STRATEGIES.find((one) => one === given || one.replaceAll("-", "") === given.replaceAll("-", ""));
  if (found) return found;
  throw new UsageError(`--strategy ${JSON.stringify(given)} is none of ${STRATEGIES.join(", ")}`, HELP);
}

function countOf(options: Given): number | undefined {
  const given = text(options, "count");
  if (given === undefined) return undefined;
  if (/^\d{1,5}$/.test(given) && Number(given) >= 1 && Number(given) <= 10_000) return Number(given);
  throw new UsageError(`--count ${JSON.stringify(given)} is no whole number 1..10000`, HELP);
}

/** The rollout with this id, wherever the view has it by now. */
const named = ({ summary, ended }: DeliveryServiceView, id: string): RolloutSummaryView | undefined =>
  [summary.current, ...ended].find((one) => one?.id === id);

async function deploy({ io, positionals, options }: Invocation): Promise<0 | 1> {
  const service = positionals[0] as string;
  const release = await releaseOf(io, options, HELP);
  const [strategy, count, by, why] = [strategyOf(options), countOf(options), text(options, "by"), text(options, "why")];
  const timeout = durationText(options, "timeout", "1s", "30d", HELP);
  const json = {
    ...release,
    inherit: options["fresh"] !== true,
    ...(strategy === undefined ? {} : { strategy }),
    ...(count === undefined ? {} : { count }),
    ...(by === undefined ? {} : { by }),
    ...(why === undefined ? {} : { why }),
  };
  const param = { service: encodeURIComponent(service) };
  const sent = client(io).api.v1.delivery[":service"].releases.$post({ param, json }, once());
  const started = await orNo(io, () => answer<ReleaseStartedView>(sent));
  if (started === 1) return 1;
  io.line(plain(`${service}: ${started.version}, ${started.strategy}, ${started.reason.replaceAll("_", " ")}`));
  io.line(plain(started.text));
  for (const warning of started.warnings) io.note(plain(`warning: ${warning}`));
  const { rollout: id } = started;
  if (id === undefined || options["wait"] !== true) {
    io.document(started);
    if (id !== undefined) io.line(plain(`${id}; headgate rollout watch ${service}`));
    return 0;
  }
  return waited(io, started, id, timeout === undefined ? undefined : parseDuration(timeout));
}

/** Follows it to its end: 0 where the new version is the service. */
async function waited(io: Io, started: ReleaseStartedView, id: string, timeoutMs: number | undefined): Promise<0 | 1> {
  const { service } = started;
  const { view, over } = await waitForRollout(io, service, id, timeoutMs, follower(io));
  const rollout = named(view, id);
  io.document({ ...started, over, ...(rollout ? { outcome: rollout } : {}) });
  if (!over) {
    io.note(plain(`not over yet: ${id} goes on; headgate rollout watch ${service}`));
    return 1;
  }
  const good = rollout?.phase === "promoted";
  io.line(plain(good ? `${started.version} is ${service}` : `${started.version} was rolled back`));
  if (rollout?.failure) for (const line of failureLines(rollout.failure)) io.line(line);
  return good ? 0 : 1;
}

/** `headgate deploy SERVICE`. */
export const deployGroup: Group = {
  name: "deploy",
  about: "rolls out a new version of a service",
  single: true,
  verbs: [
    {
      name: "deploy",
      about:
        "Rolls out a version of a service. What is not given is as in the version that serves now. With --wait it is followed to its end: exits 1 where it was rolled back, with the reason and what it printed last.",
      positionals: ["SERVICE"],
      options: [
        ...RELEASE_OPTIONS,
        { name: "count", value: "N", about: "instances (default: as many as there are now)" },
        {
          name: "strategy",
          value: "NAME",
          about: `${STRATEGIES.join(", ")} (default: the configuration's); all-at-once is the platform's deploy`,
        },
        { name: "fresh", about: "nothing is taken over from the version that serves now" },
        { name: "why", value: "TEXT", about: "the reason, kept with the decision" },
        { name: "by", value: "NAME", about: "who you are (default: the key's owner)" },
        { name: "wait", about: "until it is promoted or rolled back" },
        { name: "timeout", value: "DURATION", about: "wait no longer than this (default: as long as it takes)" },
      ],
      example: 'headgate deploy orders --version 2.4.1 --env LOG_LEVEL=debug --why "release 2.4.1" --wait',
      run: deploy,
    },
  ],
};
