import type {
  DeliveryServiceSummary,
  DeliveryServicesView,
  RolloutCommandedView,
  RolloutCommandView,
  RolloutPlanView,
  RolloutSummaryView,
  RolloutsView,
} from "../functions/api/views-delivery.ts";
import { formatDuration } from "../shared/core/kernel/time.ts";
import { answer, client, once } from "./client.ts";
import { durationText, type Group, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { decisionLines, facts, number, stamp } from "./format.ts";
import { plain, table } from "./io.ts";
import { orNo } from "./rollout-no.ts";
import { failureLines, follower, phaseText, rolloutLines, verdictText } from "./rollout-text.ts";
import { deliveryOf, waitForRollout } from "./rollout-wait.ts";

const parameter = (service: string | undefined) => ({ service: encodeURIComponent(service as string) });

const row = ({ service, strategy, stable, current, last, mode }: DeliveryServiceSummary): readonly string[] => [
  service,
  stable ?? "-",
  mode === "act" ? strategy : `${strategy} (${mode})`,
  current ? `${current.version}: ${phaseText(current)}` : "-",
  current?.verdict ? verdictText(current.verdict) : "",
  last ? `${last.version} ${last.phase.replace("_", " ")}` : "-",
];

const list: Verb = {
  name: "list",
  about: "Services with the version that serves, the rollout that is under way and what its gate says.",
  example: "headgate rollout list",
  run: async ({ io }) => {
    const view = await answer<DeliveryServicesView>(client(io).api.v1.delivery.$get());
    io.document(view);
    if (view.items.length === 0) io.line("no services");
    else {
      const heading = ["SERVICE", "SERVES", "STRATEGY", "ROLLOUT", "GATE", "LAST"];
      for (const line of table([heading, ...view.items.map(row)])) io.line(line);
    }
    return 0;
  },
};

const show: Verb = {
  name: "show",
  about:
    "One service: its rollout with steps, shares, the gate's evidence against its limit, versions, what may be done.",
  positionals: ["SERVICE"],
  example: "headgate rollout show orders",
  run: async ({ io, positionals }) => {
    const view = await deliveryOf(io, positionals[0] as string);
    io.document(view);
    for (const line of rolloutLines(view)) io.line(line);
    io.line();
    for (const line of decisionLines(view.decisions.slice(0, 10))) io.line(line);
    return 0;
  },
};

const watch: Verb = {
  name: "watch",
  about: "Follows the rollout that is under way to its end. Exits 1 where it was rolled back.",
  positionals: ["SERVICE"],
  options: [{ name: "timeout", value: "DURATION", about: "no longer than this (default: as long as it takes)" }],
  example: "headgate rollout watch orders",
  run: async ({ io, positionals, options }) => {
    const service = positionals[0] as string;
    const { parseDuration } = await import("../shared/core/kernel/time.ts");
    const timeout = durationText(options, "timeout", "1s", "30d", "headgate rollout watch --help");
    const first = await deliveryOf(io, service);
    const id = first.summary.current?.id;
    if (id === undefined) {
      io.document(first);
      io.line(plain(`no rollout of ${service} is under way`));
      return 0;
    }
    const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout);
    const { view, over } = await waitForRollout(io, service, id, timeoutMs, follower(io));
    io.document(view);
    const rollout = [view.summary.current, ...view.ended].find((one) => one?.id === id);
    if (!over) {
      io.note("not over yet");
      return 1;
    }
    if (rollout) io.line(plain(`${rollout.version}: ${rollout.phase.replace("_", " ")}`));
    if (rollout?.failure) for (const line of failureLines(rollout.failure)) io.line(line);
    return rollout?.phase === "promoted" ? 0 : 1;
  },
};

const SAID = [
  { name: "why", value: "TEXT", about: "the reason, kept with the decision" },
  { name: "by", value: "NAME", about: "who you are (default: the key's owner)" },
  { name: "id", value: "ROLLOUT", about: "the rollout that is meant; another one by now is refused" },
] as const;

const command = (name: RolloutCommandView, about: string, why: string): Verb => ({
  name,
  about: `${about} Exits 1 where that is not possible now.`,
  positionals: ["SERVICE"],
  options: SAID,
  example: `headgate rollout ${name} orders --why ${JSON.stringify(why)}`,
  run: ({ io, positionals, options }) =>
    orNo(io, async () => {
      const [why, by, id] = [text(options, "why"), text(options, "by"), text(options, "id")];
      const json = {
        ...(why === undefined ? {} : { why }),
        ...(by === undefined ? {} : { by }),
        ...(id === undefined ? {} : { id }),
      };
      const routes = client(io).api.v1.delivery[":service"];
      const view = await answer<RolloutCommandedView>(
        routes[name].$post({ param: parameter(positionals[0]), json }, once()),
      );
      io.document(view);
      const said = view.reason.replaceAll("_", " ");
      io.line(plain(view.text.startsWith(said) ? view.text : `${said}: ${view.text}`));
      if (view.rollout) io.line(plain(`${view.rollout.version}: ${phaseText(view.rollout)}`));
      return 0 as const;
    }),
});

const historyRow = (one: RolloutSummaryView, now: number): readonly string[] => [
  stamp(one.startedAt),
  one.version,
  one.from ?? "-",
  one.strategy,
  one.phase.replace("_", " "),
  one.endedAt === undefined
    ? `${formatDuration(now - one.startedAt)} so far`
    : formatDuration(one.endedAt - one.startedAt),
  one.started.by,
  one.failure ? `${one.failure.reason.replaceAll("_", " ")}: ${one.failure.text}` : one.started.why,
];

const history: Verb = {
  name: "history",
  about: "Rollouts of a service, newest first, with what became of them.",
  positionals: ["SERVICE"],
  options: [{ name: "limit", value: "N", about: "1..100 (default: 20)" }],
  example: "headgate rollout history orders",
  run: async ({ io, positionals, options }) => {
    const limit = text(options, "limit") ?? "20";
    if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 100)
      throw new UsageError(
        `--limit ${JSON.stringify(limit)} is no whole number 1..100`,
        "headgate rollout history --help",
      );
    const query = { limit: Number(limit) };
    const sent = client(io).api.v1.delivery[":service"].rollouts.$get({ param: parameter(positionals[0]), query });
    const view = await answer<RolloutsView>(sent);
    io.document(view);
    if (view.items.length === 0) io.line("no rollouts");
    else {
      const heading = ["BEGUN", "VERSION", "FROM", "STRATEGY", "PHASE", "TOOK", "BY", "WHY"];
      for (const line of table([heading, ...view.items.map((one) => historyRow(one, view.clock.now))])) io.line(line);
    }
    return 0;
  },
};

const seenText = (ratio: number | null | undefined): string =>
  ratio === undefined ? "-" : ratio === null ? "nothing" : `from ${ratio.toFixed(2)} × on`;

const plan: Verb = {
  name: "plan",
  about: "What a release would go through, and what its gate could see at today's traffic.",
  positionals: ["SERVICE"],
  options: [{ name: "strategy", value: "NAME", about: "another one than the configuration's" }],
  example: "headgate rollout plan orders",
  run: async ({ io, positionals, options }) => {
    const strategy = text(options, "strategy");
    const query = strategy === undefined ? {} : { strategy: strategy as RolloutPlanView["strategy"] };
    const sent = client(io).api.v1.delivery[":service"].plan.$get({ param: parameter(positionals[0]), query });
    const view = await answer<RolloutPlanView>(sent);
    io.document(view);
    const { gate, traffic, visible = [] } = view;
    for (const line of facts([
      ["service", view.service],
      ["strategy", view.strategy],
      ["takes", `${formatDuration(view.leastMs)} at least, ${formatDuration(view.bakeMs)} of it the bake`],
      ["gate", gate.rule === "off" ? "off" : `${gate.rule}, a look each ${formatDuration(gate.everyMs)}`],
      [
        "traffic",
        traffic &&
          `${number(traffic.requestsPerTick)} requests a look, ${number(100 * traffic.errorRate)} % errors${
            traffic.slowMs === undefined ? "" : `, slow above ${number(traffic.slowMs)} ms`
          }`,
      ],
      ["hooks", view.hooks.length === 0 ? undefined : view.hooks.join(", ")],
      ...view.notes.map((one): [string, string] => ["note", one]),
    ]))
      io.line(line);
    if (view.steps.length === 0) return 0;
    io.line();
    const seen = new Map(visible.map((one) => [one.percent, one]));
    const rows = view.steps.map(({ percent, forMs, approval }) => {
      const { ratio, slow } = seen.get(percent) ?? {};
      return [
        `${number(percent)} %`,
        forMs === 0 ? "at once" : formatDuration(forMs),
        approval ? "needed" : "-",
        seenText(ratio),
        seenText(slow),
      ];
    });
    for (const line of table([["SHARE", "FOR", "APPROVAL", "ERRORS SEEN", "SLOW SEEN"], ...rows])) io.line(line);
    return 0;
  },
};

export const rollout: Group = {
  name: "rollout",
  about: "releases on their way: how far, what the gate says, and what people say to them",
  verbs: [
    list,
    show,
    watch,
    command(
      "pause",
      "Nothing moves on; it is judged on, and a failure rolls back all the same.",
      "until the sale is over",
    ),
    command("resume", "Goes on where it was paused.", "the sale is over"),
    command("promote", "All steps at once; it is still kept and judged for the bake.", "an urgent fix"),
    command("skip", "Ends the wait of this step.", "the counts are good"),
    command("approve", "Approves the step, or the promotion, that waits for a person.", "looked at by ada"),
    command("abort", "Back to the version that served before.", "wrong version"),
    command(
      "rollback",
      "Back to the version that served before, as abort; also while it is baking or the old version is about to go.",
      "customers call",
    ),
    history,
    plan,
  ],
};
