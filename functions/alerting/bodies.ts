import * as v from "valibot";
import { DAY_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { durationText, InstantText, integerText } from "../api/validate.ts";

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
const Cursor = v.optional(text(2_000));
const Filter = v.pipe(text(10_000), v.description('Matchers: alertname="Down",severity=~"page|ticket".'));
const Labels = v.pipe(
  v.record(text(1_000), v.pipe(v.string(), v.maxLength(10_000))),
  v.check((all) => Object.keys(all).length <= 200, "at most 200 labels"),
);
const Comment = v.pipe(v.string(), v.maxLength(2_000));

export const AlertsQuery = v.strictObject({
  state: v.optional(v.picklist(["firing", "suppressed", "acknowledged", "resolved"])),
  filter: v.optional(Filter),
  receiver: v.optional(text(1_000)),
  q: v.optional(v.pipe(text(200), v.description("A part of a label's or an annotation's value."))),
  limit: v.optional(integerText(1, 1_000)),
  cursor: Cursor,
});
export const GroupsQuery = v.strictObject({
  filter: v.optional(Filter),
  receiver: v.optional(text(1_000)),
  limit: v.optional(integerText(1, 500)),
  cursor: Cursor,
});
export const SilencesQuery = v.strictObject({
  state: v.optional(v.picklist(["active", "pending", "expired"])),
  filter: v.optional(Filter),
});
/** Who acknowledges or comments is the key's owner; `by` names the person where one key serves several. */
export const AcknowledgeBody = v.strictObject({
  comment: v.optional(Comment, ""),
  by: v.optional(text(200)),
  /** Takes an acknowledgement back. */
  undo: v.optional(v.boolean(), false),
});
export const CommentBody = v.strictObject({ text: text(2_000), by: v.optional(text(200)) });

const Window = v.strictObject(
  Object.fromEntries(
    ["times", "weekdays", "days_of_month", "months", "years"].map((name) => [name, v.optional(v.array(v.unknown()))]),
  ),
);
const Matchers = v.pipe(
  v.array(text(10_000)),
  v.minLength(1, "at least one matcher"),
  v.maxLength(100),
  v.description('As amtool takes them: ["alertname=Down", "instance=~db.*"].'),
);
/** What a silence matches: one set of matchers, or several of which one has to hold. */
const matching = {
  matchers: v.optional(Matchers),
  matcherSets: v.optional(v.pipe(v.array(Matchers), v.minLength(1), v.maxLength(20))),
};
export const SilenceBody = v.strictObject({
  ...matching,
  /** Of a silence that is changed. */
  id: v.optional(text(200)),
  startsAt: v.optional(v.number()),
  /** Either the end or the duration. */
  endsAt: v.optional(v.number()),
  duration: v.optional(durationText(MINUTE_MS / 60, 3650 * DAY_MS)),
  comment: Comment,
  createdBy: v.optional(text(200)),
  annotations: v.optional(Labels),
  untilResolved: v.optional(v.boolean()),
  /** Windows in which it holds, as `time_intervals` of alertmanager.yml. */
  recurs: v.optional(
    v.pipe(
      v.array(v.looseObject({ ...Window.entries, location: v.optional(text(100)) })),
      v.minLength(1),
      v.maxLength(50),
    ),
  ),
  remind: v.optional(v.strictObject({ before: durationText(MINUTE_MS / 60, 30 * DAY_MS), receiver: text(1_000) })),
});
export const PreviewBody = v.strictObject(matching);

export const HistoryQuery = v.strictObject({
  receiver: v.optional(text(1_000)),
  filter: v.optional(Filter),
  q: v.optional(text(200)),
  group: v.optional(text(100)),
  outcome: v.optional(v.picklist(["done", "failed", "pending"])),
  from: v.optional(InstantText),
  to: v.optional(InstantText),
  limit: v.optional(integerText(1, 500)),
  cursor: Cursor,
});
export const ExportQuery = v.strictObject({
  ...v.omit(HistoryQuery, ["limit", "cursor"]).entries,
  format: v.optional(v.picklist(["ndjson", "csv"])),
});
export const TimeQuery = v.strictObject({ from: v.optional(InstantText), to: v.optional(InstantText) });
export const EventsQuery = v.strictObject({
  from: v.optional(InstantText),
  to: v.optional(InstantText),
  limit: v.optional(integerText(1, 1_000)),
  cursor: Cursor,
});
export const RouteTestBody = v.strictObject({ labels: Labels, at: v.optional(v.number()) });
export const ReceiverTestBody = v.strictObject({ integration: v.optional(text(100)), labels: v.optional(Labels) });
/** A candidate alertmanager.yml, with the template files it names, and the time whose alerts are played. */
export const ReplayBody = v.strictObject({
  text: v.pipe(v.string(), v.maxLength(1_048_576)),
  files: v.optional(v.record(text(500), v.string())),
  from: v.optional(v.number()),
  to: v.optional(v.number()),
});
