import type { AutoscalingView, CommandView, EvaluationView, ServicesView } from "../functions/api/views.ts";
import { compareVerb } from "./autoscaling-compare.ts";
import { forecastVerb, regretVerb, tuningVerb } from "./autoscaling-service.ts";
import { tuneVerb } from "./autoscaling-tune.ts";
import { BY, done, routes, said, tell, WHY } from "./autoscaling-verb.ts";
import { backtestVerb } from "./backtest.ts";
import { answer, client, once } from "./client.ts";
import { durationText, type Group, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { ago, facts } from "./format.ts";
import { type Io, table } from "./io.ts";

export const autoscaling: Group = {
  name: "autoscaling",
  about: "how services are scaled: state, commands, what-if on a recorded load",
  verbs: [
    {
      name: "status",
      about: "What each controller (or one of them) is doing: mode, bounds, pauses, alarms.",
      positionals: ["[SERVICE]"],
      example: "headgate autoscaling status orders",
      run: async ({ io, positionals }) => {
        const [service] = positionals;
        if (service !== undefined) {
          const view = await answer<AutoscalingView>(
            routes(io).$get({ param: { service: encodeURIComponent(service) } }),
          );
          io.document(view);
          tellStatus(io, view);
          return 0;
        }
        const view = await answer<ServicesView>(client(io).api.v1.services.$get());
        const items = view.items.filter((item) => item.mode !== undefined);
        io.document({ ...view, items });
        const rows = items.map((item) => [
          item.name,
          item.mode ?? "",
          `${item.min}..${item.max}`,
          item.status ? `${item.status.desired}` : "?",
          item.paused ? `paused (${item.paused.direction})` : item.override ? `override ${item.override.desired}` : "",
          item.lastDecision?.sentence ?? "no decision yet",
        ]);
        for (const line of table([["SERVICE", "MODE", "MIN..MAX", "DESIRED", "HELD", "LAST DECISION"], ...rows]))
          io.line(line);
        return 0;
      },
    },
    {
      name: "evaluate",
      about: "Looks at a service now and decides.",
      positionals: ["SERVICE"],
      options: [{ name: "why", value: "TEXT", about: "noted in the trigger" }],
      example: "headgate autoscaling evaluate orders",
      run: async ({ io, positionals, options }) => {
        const why = text(options, "why");
        const param = { service: encodeURIComponent(positionals[0] as string) };
        const view = await answer<EvaluationView>(
          routes(io).evaluate.$post({ param, json: why === undefined ? {} : { why } }, once()),
        );
        io.document(view);
        tell(io, view);
        return view.status === "busy" || view.status === "conflict" ? 1 : 0;
      },
    },
    {
      name: "pause",
      about: "Stops a service's scaling in both directions or one, for a time or until it is resumed.",
      positionals: ["SERVICE"],
      options: [
        WHY,
        BY,
        { name: "for", value: "DURATION", about: "ends by itself after e.g. 2h" },
        { name: "direction", value: "all|out|in", about: "which direction is stopped (default all)" },
      ],
      example: 'headgate autoscaling pause orders --direction in --for 2h --why "load test"',
      run: async ({ io, positionals, options }) => {
        const length = durationText(options, "for", "1m", "90d", "headgate autoscaling pause --help");
        const direction = text(options, "direction");
        if (direction !== undefined && direction !== "all" && direction !== "out" && direction !== "in") {
          throw new UsageError(`--direction ${direction} is not all, out or in`, "headgate autoscaling pause --help");
        }
        const json = {
          ...said(options),
          ...(length === undefined ? {} : { for: length }),
          ...(direction === undefined ? {} : { direction: direction as "all" | "out" | "in" }),
        };
        const param = { service: encodeURIComponent(positionals[0] as string) };
        return done(io, await answer<CommandView>(routes(io).pause.$post({ param, json }, once())));
      },
    },
    {
      name: "resume",
      about: "Ends a pause.",
      positionals: ["SERVICE"],
      options: [WHY, BY],
      example: 'headgate autoscaling resume orders --why "load test is over"',
      run: async ({ io, positionals, options }) => {
        const param = { service: encodeURIComponent(positionals[0] as string) };
        return done(io, await answer<CommandView>(routes(io).resume.$post({ param, json: said(options) }, once())));
      },
    },
    {
      name: "override",
      about: "Holds a service at a count for a time, past its policies but inside min and max.",
      positionals: ["SERVICE"],
      options: [
        { name: "desired", value: "N", about: "the count", required: true },
        { name: "for", value: "DURATION", about: "how long, e.g. 1h", required: true },
        WHY,
        BY,
      ],
      example: 'headgate autoscaling override orders --desired 8 --for 1h --why "launch at noon"',
      run: async ({ io, positionals, options }) => {
        const given = text(options, "desired") as string;
        if (!/^\d{1,5}$/.test(given))
          throw new UsageError(
            `--desired ${given} is no count (integer 0..10000)`,
            "headgate autoscaling override --help",
          );
        const length = durationText(options, "for", "1m", "30d", "headgate autoscaling override --help") as string;
        const json = { ...said(options), desired: Number(given), for: length };
        const param = { service: encodeURIComponent(positionals[0] as string) };
        return done(io, await answer<CommandView>(routes(io).override.$post({ param, json }, once())));
      },
    },
    {
      name: "clear",
      about: "Ends an override.",
      positionals: ["SERVICE"],
      options: [WHY, BY],
      example: 'headgate autoscaling clear orders --why "launch is through"',
      run: async ({ io, positionals, options }) => {
        const param = { service: encodeURIComponent(positionals[0] as string) };
        return done(
          io,
          await answer<CommandView>(routes(io)["clear-override"].$post({ param, json: said(options) }, once())),
        );
      },
    },
    backtestVerb,
    compareVerb,
    tuneVerb,
    regretVerb,
    tuningVerb,
    forecastVerb,
  ],
};

function tellStatus(io: Io, view: AutoscalingView): void {
  const { mode, min, max, policies } = view.config as {
    mode: string;
    min: number;
    max: number;
    policies: readonly { type: string }[];
  };
  for (const line of facts([
    ["service", view.service],
    ["mode", mode],
    ["bounds", `${min}..${max}`],
    ["policies", policies.map((policy) => policy.type).join(", ")],
    ["configuration", view.configVersion],
    ["pending actions", `${view.pending}`],
    ["looks again", view.dueAt === undefined ? undefined : ago(view.dueAt, view.clock.now)],
  ])) {
    io.line(line);
  }
  if (view.alarms.length === 0) return;
  io.line();
  const rows = view.alarms.map((alarm) => [
    alarm.name,
    `${alarm.stat} ${alarm.metric} ${alarm.comparison} ${alarm.threshold}`,
    alarm.since === undefined ? "not in ALARM" : `in ALARM, ${ago(alarm.since, view.clock.now)}`,
  ]);
  for (const line of table([["ALARM", "WHEN", "STATE"], ...rows])) io.line(line);
}
