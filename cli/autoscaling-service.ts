import type { ForecastView, PolicyForecastView } from "../functions/api/views-autoscaling.ts";
import type {
  PickView,
  RegretView,
  TuningCommandView,
  TuningStateView,
  TuningView,
} from "../functions/api/views-autoscaling-tune.ts";
import type { Regret } from "../shared/core/autoscaling/tune/types.ts";
import { loadText } from "./autoscaling-played.ts";
import { BY, done, routes, said, WHY } from "./autoscaling-verb.ts";
import { answer, once } from "./client.ts";
import type { Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { ago, facts, number, stamp } from "./format.ts";
import { type Io, plain, table } from "./io.ts";

const param = (service: string | undefined) => ({ service: encodeURIComponent(service as string) });

/** `headgate autoscaling regret`. */
export const regretVerb: Verb = {
  name: "regret",
  about:
    "What a service's policy cost over its recorded load, against the best policy in hindsight and perfect foresight.",
  positionals: ["SERVICE"],
  example: "headgate autoscaling regret orders",
  run: async ({ io, positionals }) => {
    io.progress("playing the recorded load …");
    const view = await answer<RegretView>(routes(io).regret.$get({ param: param(positionals[0]) }));
    io.document(view);
    const { cost, best, oracle, minutes, money } = view.regret;
    const over = (of: number): string => (of > 0 ? `${number((cost / of - 1) * 100)} % over` : "");
    for (const line of facts([
      ["service", view.service],
      ["policy", view.policy],
      ["recorded load", loadText(view.load)],
      ["minutes", `${minutes}`],
      ["cost", `${number(cost)} task-hours${money ? `, ${money.cost.toFixed(2)}` : ""}`],
      [
        "best in hindsight",
        `${number(best.cost)} task-hours${money ? `, ${money.best.toFixed(2)}` : ""}: ${best.name} (${over(best.cost)})`,
      ],
      [
        "perfect foresight",
        `${number(oracle)} task-hours${money ? `, ${money.oracle.toFixed(2)}` : ""} (${over(oracle)})`,
      ],
    ]))
      io.line(line);
    if (view.tuning) {
      io.line();
      tellTuning(io, view.tuning, view.clock.now);
    }
    for (const note of view.notes) io.note(plain(note));
    return 0;
  },
};

const ACTS = ["run", "apply", "dismiss"] as const;
type Act = (typeof ACTS)[number];

/** `headgate autoscaling tuning`. */
export const tuningVerb: Verb = {
  name: "tuning",
  about:
    "What the policy auto of a service runs and proposes; run looks anew, apply takes what is proposed, dismiss drops it.",
  positionals: ["SERVICE", "[run|apply|dismiss]"],
  options: [{ ...WHY, required: false, about: "the reason, kept with the decision (apply and dismiss need it)" }, BY],
  example: 'headgate autoscaling tuning orders apply --why "three quiet weeks of proposals"',
  run: async ({ io, positionals, options }) => {
    const [service, act] = positionals;
    if (act === undefined) {
      const view = await answer<TuningView>(routes(io).tuning.$get({ param: param(service) }));
      io.document(view);
      tellTuning(io, view.tuning, view.clock.now);
      return 0;
    }
    if (!ACTS.includes(act as Act))
      throw new UsageError(`${JSON.stringify(act)} is not run, apply or dismiss`, "headgate autoscaling tuning --help");
    if (act === "run") io.progress("playing the recorded load …");
    const request =
      act === "run"
        ? routes(io).tuning.run.$post({ param: param(service) }, once())
        : routes(io).tuning[act as "apply" | "dismiss"].$post({ param: param(service), json: said(options) }, once());
    const view = await answer<TuningCommandView>(request);
    const { command, look } = view;
    const status = command ? done(io, { ...view, command }) : 0;
    if (!command) {
      io.document(view);
      const then = look === undefined ? "" : `; headgate autoscaling tuning ${view.service} tells what came of it`;
      io.line(plain(`${view.service}: the look is handed over and takes a minute or more${then}`));
    }
    io.line();
    tellTuning(io, view.tuning, view.clock.now);
    return status;
  },
};

const pickText = ({ name, at, j, fault }: PickView, now: number): string =>
  `${name} (J ${j.toFixed(3)}, found ${ago(at, now)})${fault === undefined ? "" : `; it cannot be run: ${fault}`}`;

/** What ran on the days that the choice had not seen, against what was found. */
const regretText = ({ cost, best }: Regret): string =>
  `${number(cost)} task-hours against ${number(best.cost)} of ${best.name}`;

function tellTuning(io: Io, { mode, pick, proposal, last, dueAt }: TuningStateView, now: number): void {
  const looked =
    last && `${ago(last.at, now)}: ${last.reason.replaceAll("_", " ")}${last.why === undefined ? "" : `, ${last.why}`}`;
  for (const line of facts([
    ["auto", mode === "apply" ? "applies what it finds" : "proposes what it finds"],
    ["runs", pick ? pickText(pick, now) : "the default forecast; nothing has been picked yet"],
    ["proposes", proposal ? pickText(proposal, now) : "nothing"],
    ["last looked", looked ?? "never"],
    ["played without", last?.without?.join(", ")],
    ["regret", last?.regret && regretText(last.regret)],
    ["looks again", dueAt === undefined ? undefined : ago(dueAt, now)],
  ]))
    io.line(line);
}

/** Minutes that have come, which are shown before those ahead. */
const SHOWN = 5;

/** `headgate autoscaling forecast`. */
export const forecastVerb: Verb = {
  name: "forecast",
  about: "What the forecasts of a service expect of the next minutes, beside what came of the last ones.",
  positionals: ["SERVICE"],
  example: "headgate autoscaling forecast orders",
  run: async ({ io, positionals }) => {
    const view = await answer<ForecastView>(routes(io).forecast.$get({ param: param(positionals[0]) }));
    io.document(view);
    if (view.policies.length === 0)
      io.line(plain(`${view.service}: no forecast; no policy makes one, or nothing has been measured yet`));
    for (const [index, policy] of view.policies.entries()) {
      if (index > 0) io.line();
      tellForecast(io, policy);
    }
    return 0;
  },
};

function tellForecast(io: Io, view: PolicyForecastView): void {
  for (const line of facts([
    ["policy", `${view.policy}, ${view.forecaster === "last" ? "last value" : view.forecaster} of ${view.metric}`],
    ["learned from", `${view.minutes} minutes`],
    ["trusted", view.trusted ? "yes" : `no: ${view.why ?? "?"}; demand decides`],
    [
      "inside 80 %",
      view.inside === undefined ? undefined : `${number(view.inside * 100)} % of the last minutes (80 are meant to be)`,
    ],
  ]))
    io.line(line);
  const ahead = view.points.filter(({ came }) => came === undefined);
  const rows = [...view.points.filter(({ came }) => came !== undefined).slice(-SHOWN), ...ahead.slice(-view.horizon)];
  const cell = (value: number | undefined): string => (value === undefined ? "-" : number(value));
  io.line();
  const body = rows.map(({ at, came, low, likely, high }) => [stamp(at), ...[came, low, likely, high].map(cell)]);
  for (const line of table([["MINUTE", "CAME", "LOW 10 %", "LIKELY", "HIGH 90 %"], ...body])) io.line(line);
}
