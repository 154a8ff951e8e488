import type { BacktestView } from "../../../functions/api/views.ts";
import type { PlayedLoadView } from "../../../functions/api/views-autoscaling-tune.ts";
import { duration, number, plural } from "../format.ts";

const DAY_MS = 86_400_000;

/** The score of one policy, as the API tells it. */
export type Score = Pick<
  BacktestView,
  | "violationMinutes"
  | "minutes"
  | "taskHours"
  | "oracleTaskHours"
  | "costRatio"
  | "j"
  | "worstWaitSeconds"
  | "actionsPerDay"
>;

/** Tasks and bad minutes in task-hours: J before it is divided by perfect foresight, which other bounds make another one. */
const totalOf = ({ j, oracleTaskHours }: Score): number => j * oracleTaskHours;

export interface Figure {
  readonly key: string;
  readonly label: string;
  /** What it is, for whoever meets it first. */
  readonly told: string;
  readonly text: (score: Score) => string;
  readonly value: (score: Score) => number;
  /** The difference in words; "the same" where nobody would see one. */
  readonly against: (tried: Score, today: Score) => string;
}

/** Less than this share is no difference. */
const SAME = 0.005;
/** Figures of which less is better, all of them. */
export type Verdict = "better" | "worse" | "same";

export const verdictOf = (tried: number, today: number): Verdict =>
  Math.abs(tried - today) <= SAME * Math.abs(today) ? "same" : tried < today ? "better" : "worse";

/** "12 % less", "8 % more", "2.4 times as much". */
function inShares(tried: number, today: number, less: string, more: string): string {
  if (verdictOf(tried, today) === "same") return "the same";
  if (today === 0) return `${number(tried)} ${more}`;
  const ratio = tried / today;
  if (ratio >= 2) return `${number(ratio)} times as much`;
  const share = Math.abs(ratio - 1) * 100;
  return `${share < 1 ? "under 1" : number(Math.round(share))}\u00a0% ${ratio < 1 ? less : more}`;
}

const minutes = (count: number): string => plural(Math.round(count), "minute");
const seconds = (value: number): string => (value < 1 ? "none" : duration(Math.round(value) * 1000));

export const FIGURES: readonly Figure[] = [
  {
    key: "cost",
    label: "Cost",
    told: "task-hours, and how many times those of perfect foresight",
    text: ({ taskHours, costRatio }) => `${number(taskHours)} h, ${number(costRatio)}\u00a0×`,
    value: ({ taskHours }) => taskHours,
    against: (tried, today) => inShares(tried.taskHours, today.taskHours, "cheaper", "dearer"),
  },
  {
    key: "violations",
    label: "Bad minutes",
    told: "in which work had to wait for longer than a minute, or more came than could be done",
    text: ({ violationMinutes, minutes: all }) =>
      `${number(violationMinutes)}, ${all > 0 ? shareText(violationMinutes / all) : "of none"}`,
    value: ({ violationMinutes }) => violationMinutes,
    against: (tried, today) => {
      const more = Math.round(tried.violationMinutes - today.violationMinutes);
      return more === 0 ? "the same" : `${minutes(Math.abs(more))} ${more < 0 ? "fewer" : "more"}`;
    },
  },
  {
    key: "j",
    label: "J",
    told: "cost and bad minutes in one, a bad minute at ten minutes of the average fleet; 1 is perfect foresight",
    text: ({ j }) => number(j),
    value: totalOf,
    against: (tried, today) => inShares(totalOf(tried), totalOf(today), "better", "worse"),
  },
  {
    key: "wait",
    label: "Worst wait",
    told: "the longest that work had to wait",
    text: ({ worstWaitSeconds }) => seconds(worstWaitSeconds),
    value: ({ worstWaitSeconds }) => worstWaitSeconds,
    against: (tried, today) => {
      const more = Math.round(tried.worstWaitSeconds - today.worstWaitSeconds);
      return more === 0 ? "the same" : `${duration(Math.abs(more) * 1000)} ${more < 0 ? "shorter" : "longer"}`;
    },
  },
  {
    key: "actions",
    label: "Actions a day",
    told: "changes of the number of tasks",
    text: ({ actionsPerDay }) => number(actionsPerDay),
    value: ({ actionsPerDay }) => actionsPerDay,
    against: (tried, today) => {
      const more = tried.actionsPerDay - today.actionsPerDay;
      return Math.abs(more) < 0.05 ? "the same" : `${number(Math.abs(more))} ${more < 0 ? "fewer" : "more"}`;
    },
  },
];

function shareText(share: number): string {
  const percent = share * 100;
  return share === 0 ? "0\u00a0%" : percent < 0.01 ? "under 0.01\u00a0%" : `${number(percent)}\u00a0%`;
}

/** Both answers to "would it have been better" in one sentence. */
export function verdictText(tried: Score, today: Score): string {
  const cost = inShares(tried.taskHours, today.taskHours, "less", "more");
  const more = Math.round(tried.violationMinutes - today.violationMinutes);
  const paid = cost === "the same" || cost.endsWith("as much") ? cost : `${cost} than today's policy`;
  const minutesText =
    more === 0
      ? "as many bad minutes as today"
      : `${plural(Math.abs(more), "bad minute")} ${more < 0 ? "fewer" : "more"}`;
  const verdict = verdictOf(totalOf(tried), totalOf(today));
  const both = verdict === "same" ? "no difference" : verdict;
  return `It would have cost ${paid}, with ${minutesText}. Both together: ${both} (J ${number(tried.j)}, today ${number(today.j)}).`;
}

const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** The day of a load by its number, the first is 1; loads begin when they begin, so a day is 24 h from then. */
export const dayText = (from: number, day: number): string =>
  `day ${day}, from ${days.format(from + (day - 1) * DAY_MS)}`;

/** Habits of a day or a week show from so many days on. */
const FEW_DAYS = 3;

/** Metrics that no policy was shown, and why: what runs does not see them either. */
export const withoutText = (without: readonly string[]): string =>
  `Played without ${without.join(" and ")}: nobody measures ${without.length === 1 ? "it" : "them"} of this service.`;

/** What was played, and how much of it was measured. */
export function loadText(load: PlayedLoadView): string {
  const { from, to, known, meanTasks, without } = load;
  const of =
    load.source === "recorded" ? `The recorded load of ${load.service ?? "the service"}` : "The load that was given";
  const long = to - from < 2 * DAY_MS ? duration(to - from) : plural(Math.round(load.days), "day");
  const gaps =
    known >= 0.9995
      ? ""
      : ` ${shareText(known)} of its minutes were measured; the others are joined by straight lines.`;
  const unseen = without === undefined ? "" : ` ${withoutText(without)}`;
  const few =
    to - from < FEW_DAYS * DAY_MS
      ? " That is little: what repeats by day or week is not in it, and a forecast has nothing to learn it from."
      : "";
  return `${of}: ${long} from ${days.format(from)} to ${days.format(to)}, on average the work of ${number(meanTasks)} tasks.${gaps}${unseen}${few}`;
}
