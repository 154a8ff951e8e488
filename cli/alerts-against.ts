import type { AlertReplayView, ReplayedNotificationView } from "../functions/api/views-notifications.ts";
import { formatDuration, type Millis } from "../shared/core/kernel/time.ts";
import { answer, client } from "./client.ts";
import { readText } from "./files.ts";
import { stamp } from "./format.ts";
import { type Io, plain, table } from "./io.ts";

const MAX_FILE_BYTES = 4_194_304;
/** Notifications told one by one to people. */
const MOST_LISTED = 200;

const row = (one: ReplayedNotificationView): readonly string[] => [
  stamp(one.at),
  `${one.receiver}/${one.integration}`,
  one.status,
  one.reason,
  `${one.alerts}`,
  one.groupKey,
];
const HEADINGS = ["AT", "TO", "STATUS", "REASON", "ALERTS", "GROUP"];

function list(io: Io, title: string, headings: readonly string[], rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) return;
  io.line(title);
  for (const line of table([headings, ...rows.slice(0, MOST_LISTED)])) io.line(plain(line));
  if (rows.length > MOST_LISTED) io.line(`and ${rows.length - MOST_LISTED} more`);
}

/**
 * What a candidate would have sent of what the API has received, beside what was in force then: the server has both, and the secrets.
 *
 * @returns whether they send the same
 */
export async function replayOnServer(
  io: Io,
  file: string,
  from: Millis | undefined,
  to: Millis | undefined,
): Promise<boolean> {
  const json = {
    text: await readText(io, file, MAX_FILE_BYTES),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  const view = await answer<AlertReplayView>(client(io).api.v1.alerting.replay.$post({ json }));
  io.document(view);
  const { before, after, missing, added, moved } = view;
  io.line(
    `${view.events} events in ${formatDuration(view.to - view.from)}: ${before.notifications} notifications in force, ${after.notifications} with ${plain(file)}`,
  );
  const receivers = [...new Set([...Object.keys(before.byReceiver), ...Object.keys(after.byReceiver)])].sort();
  if (receivers.length > 0)
    for (const line of table([
      ["RECEIVER", "IN FORCE", "CANDIDATE"],
      ...receivers.map((name) => [name, `${before.byReceiver[name] ?? 0}`, `${after.byReceiver[name] ?? 0}`]),
    ]))
      io.line(plain(line));
  list(io, "not with the candidate:", HEADINGS, missing.map(row));
  list(io, "only with the candidate:", HEADINGS, added.map(row));
  list(
    io,
    "at another time with the candidate:",
    ["IN FORCE", ...HEADINGS],
    moved.map((one) => [stamp(one.before), ...row(one)]),
  );
  if (view.same) io.line("the same notifications");
  return view.same;
}
