import { parseMatcher } from "../../shared/core/alerting/matchers/parse.ts";
import { type PostedSilence, readSilence } from "../../shared/core/alerting/silence-read.ts";
import { readWindows } from "../../shared/core/alerting/silence-windows.ts";
import { compileSilence, silenceHolds, silenceState } from "../../shared/core/alerting/silences.ts";
import type { Matcher, Silence } from "../../shared/core/alerting/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import { parseDuration } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { SilencePreviewView, SilenceSetView, SilencesView, SilenceView } from "../api/views-alerting.ts";
import { bySilence, hasMatchers } from "./am-silences.ts";
import { timeText } from "./am-time.ts";
import { type Live, liveOf } from "./live.ts";
import { expireSilence, findSilence, putSilence } from "./silence-store.ts";
import { alertView, type Shown, shownOf } from "./views-live.ts";

const MOST_PREVIEWED = 100;

/** A silence as it is asked for; see bodies.ts. */
export interface SilenceAsked {
  readonly matchers?: readonly string[] | undefined;
  readonly matcherSets?: readonly (readonly string[])[] | undefined;
  readonly id?: string | undefined;
  readonly startsAt?: number | undefined;
  readonly endsAt?: number | undefined;
  readonly duration?: string | undefined;
  readonly comment: string;
  readonly createdBy?: string | undefined;
  readonly annotations?: Labels | undefined;
  readonly untilResolved?: boolean | undefined;
  readonly recurs?: readonly unknown[] | undefined;
  readonly remind?: { readonly before: string; readonly receiver: string } | undefined;
}

const invalid = (path: string, message: string, value?: string): HeadgateError =>
  new HeadgateError("silence.invalid", `${path}: ${message}`, {
    faults: [{ path, message, ...(value === undefined ? {} : { value: value.slice(0, 80) }) }],
  });

/** Sets of matchers from texts as amtool takes them; a bare word is a name of an alert. @throws HeadgateError `silence.invalid` */
function setsOf({
  matchers,
  matcherSets,
}: Pick<SilenceAsked, "matchers" | "matcherSets">): readonly (readonly Matcher[])[] {
  const sets = matcherSets ?? (matchers ? [matchers] : []);
  if (sets.length === 0 || (matchers && matcherSets)) throw invalid("matchers", "give matchers or matcherSets");
  return sets.map((set) =>
    set.map((text) => {
      const read = parseMatcher(text);
      if (!read.ok) throw invalid("matchers", read.message, text);
      return read.matcher;
    }),
  );
}

const posted = ({ name, op, value }: Matcher) => ({
  name,
  value,
  isRegex: op.endsWith("~"),
  isEqual: !op.startsWith("!"),
});

/** @throws HeadgateError `silence.invalid` */
function silenceFrom(asked: SilenceAsked, by: string, now: number): PostedSilence {
  const startsAt = asked.startsAt ?? now;
  const length = asked.duration === undefined ? undefined : parseDuration(asked.duration);
  const endsAt = asked.endsAt ?? (length === undefined ? undefined : startsAt + length);
  if (endsAt === undefined) throw invalid("endsAt", "give an end or a duration");
  const read = readSilence(
    {
      ...(asked.id === undefined ? {} : { id: asked.id }),
      matcherSets: setsOf(asked).map((set) => set.map(posted)),
      startsAt: timeText(startsAt),
      endsAt: timeText(endsAt),
      createdBy: asked.createdBy ?? by,
      comment: asked.comment,
      annotations: asked.annotations ?? {},
      ...(asked.untilResolved === undefined ? {} : { untilResolved: asked.untilResolved }),
      ...(asked.recurs === undefined ? {} : { recurs: asked.recurs }),
      ...(asked.remind === undefined ? {} : { remind: asked.remind }),
    },
    readWindows,
  );
  if (!read.ok) throw invalid("silence", read.message);
  return read.silence;
}

export function silenceView(silence: Silence, shown: Shown): SilenceView {
  const { live, rows } = shown;
  const { untilResolved, ...rest } = silence;
  const { matches } = compileSilence(silence);
  const state = silenceState(silence, live.now);
  const fires = [...rows.values()].filter((row) => row.endsAt > live.now && matches(row.labels));
  return {
    ...rest,
    state,
    untilResolved: untilResolved === true,
    matches: silenceHolds(silence, live.now) ? fires.length : 0,
  };
}

/** GET /api/v1/alerting/silences. `filter` asks for matchers that a silence has. */
export async function silencesListView(
  runtime: Runtime,
  tenant: string,
  asked: { readonly state?: "active" | "pending" | "expired" | undefined; readonly filter?: string | undefined },
): Promise<SilencesView> {
  const live = await liveOf(runtime, tenant);
  const wanted = asked.filter === undefined ? [] : (setsOf({ matchers: [asked.filter] })[0] ?? []);
  const shown = shownOf(live);
  const items = live.silences
    .filter((one) => asked.state === undefined || silenceState(one, live.now) === asked.state)
    .filter((one) => hasMatchers(one, wanted))
    .sort(bySilence(live.now))
    .map((one) => silenceView(one, shown));
  return { clock: clockOf(runtime), items };
}

/** @throws HeadgateError `silence.invalid`, `silence.unknown`, `alerting.off` */
export async function silenceSet(
  runtime: Runtime,
  tenant: string,
  asked: SilenceAsked,
  by: string,
): Promise<SilenceSetView> {
  const live = await liveOf(runtime, tenant);
  const silence = silenceFrom(asked, by, live.now);
  const receiver = silence.remind?.receiver;
  if (receiver !== undefined && !live.alerting.receivers.has(receiver))
    throw invalid("remind.receiver", "there is no receiver of that name", receiver);
  const put = await putSilence(runtime, tenant, silence);
  if (!put.ok) throw put.status === 404 ? unknownSilence(silence.id ?? "") : invalid("silence", put.message);
  const made = (await findSilence(runtime, tenant, put.id)) as Silence;
  // Looked at again: a silence begins when it is kept, and until then it holds nothing.
  return { clock: clockOf(runtime), id: put.id, silence: silenceView(made, shownOf(await liveOf(runtime, tenant))) };
}

const unknownSilence = (id: string): HeadgateError =>
  new HeadgateError("silence.unknown", `no silence with id ${id.slice(0, 60)}`);

/** @throws HeadgateError `silence.unknown` */
export async function silenceEnded(runtime: Runtime, tenant: string, id: string): Promise<SilenceSetView> {
  const ended = await expireSilence(runtime, tenant, id);
  if (!ended) throw unknownSilence(id);
  return { clock: clockOf(runtime), id, silence: silenceView(ended, shownOf(await liveOf(runtime, tenant))) };
}

/** What a silence would hide if it began now. @throws HeadgateError `silence.invalid`, `alerting.off` */
export async function silencePreview(
  runtime: Runtime,
  tenant: string,
  asked: Pick<SilenceAsked, "matchers" | "matcherSets">,
): Promise<SilencePreviewView> {
  const live = await liveOf(runtime, tenant);
  const shown = shownOf(live);
  const silence = silenceFrom({ ...asked, comment: "", startsAt: live.now, endsAt: live.now + 1_000 }, "", live.now);
  const { matches } = compileSilence({ ...silence, id: "", updatedAt: live.now });
  const firing = [...shown.rows.values()].filter((row) => row.endsAt > live.now);
  const matched = firing.filter((row) => matches(row.labels)).map((row) => alertView(shown, row));
  const hidden = matched.filter(({ state }) => state !== "suppressed");
  return {
    clock: clockOf(runtime),
    hides: hidden.length,
    total: matched.length,
    alerts: [...hidden, ...matched.filter(({ state }) => state === "suppressed")].slice(0, MOST_PREVIEWED),
    receivers: [...new Set(hidden.flatMap(({ groups }) => groups.map(({ receiver }) => receiver)))].sort(),
    warnings: warningsOf(live, silence, matched.length, firing.length),
  };
}

function warningsOf(_live: Live, silence: PostedSilence, matched: number, firing: number): readonly string[] {
  const names = new Set(silence.matcherSets.flat().map(({ name }) => name));
  return [
    ...(matched > 1 && matched === firing ? ["it matches every alert there is"] : []),
    ...(matched === 0 ? ["it matches no alert now"] : []),
    ...(!names.has("alertname") ? ["it names no alertname, so alerts of any rule may fall under it"] : []),
  ];
}
