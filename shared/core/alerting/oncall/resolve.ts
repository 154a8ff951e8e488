import { MINUTE_MS, type Millis } from "../../kernel/time.ts";
import type { IntegrationRef, LogEntry } from "../types.ts";
import { compileSchedule, standing } from "./compile.ts";
import { escalationIn } from "./paging.ts";
import type { PagedReceiver, PageInput, PageLevel, PagingConfig } from "./paging-types.ts";
import { personAt } from "./schedule.ts";
import type { EscalationSection, OncallSectionValue } from "./section.ts";
import type { Override } from "./types.ts";

type Receivers = ReadonlyMap<string, readonly IntegrationRef[]>;

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** From level to level where nothing else is said. */
const AFTER_MS = 5 * MINUTE_MS;

function timesOf({ levels, repeat, again }: EscalationSection): Omit<PagingConfig, "escalation"> {
  const afterMs = levels.map(({ after }, index) => (index === 0 ? 0 : (after ?? AFTER_MS)));
  const last = afterMs.length > 1 ? (afterMs.at(-1) as number) : AFTER_MS;
  return { afterMs, repeat, againMs: again ?? last };
}

/** How a receiver tells people on call; undefined: it is none of theirs. */
export function pagingOf(section: OncallSectionValue | undefined, receiver: string): PagingConfig | undefined {
  const escalation = section && escalationIn(receiver);
  const found = escalation === undefined ? undefined : own(section?.escalations ?? {}, escalation);
  return found && escalation !== undefined ? { escalation, ...timesOf(found) } : undefined;
}

/** The schedules that an escalation asks. */
export const schedulesOf = (section: OncallSectionValue, escalation: string): readonly string[] => [
  ...new Set(
    (own(section.escalations, escalation)?.levels ?? []).flatMap(({ to }) =>
      to.filter((name) => own(section.schedules, name) !== undefined),
    ),
  ),
];

/** What the world adds to the configuration. */
export interface PageFacts {
  readonly section: OncallSectionValue;
  readonly escalation: string;
  /** Integrations of each receiver of alertmanager.yml. */
  readonly receivers: Receivers;
  /** What was told to whom, see `GroupState`. */
  readonly log: Readonly<Record<string, LogEntry>>;
  /** Overrides that were made besides those of the file, by schedule. */
  readonly overrides?: ReadonlyMap<string, readonly Override[]>;
  readonly at: Millis;
}

/** The receiver of a person. */
export const receiverOfPerson = (section: OncallSectionValue, person: string): string =>
  own(section.people, person)?.receiver ?? person;

interface Led {
  readonly found?: PagedReceiver;
  readonly nobody?: string;
}

function ledTo({ section, receivers, overrides, at }: PageFacts, name: string): Led {
  const reach = (receiver: string, who: string): Led => {
    const integrations = receivers.get(receiver);
    if (!integrations) return { nobody: `${who}: there is no receiver ${receiver}` };
    if (!integrations.some(({ sendable }) => sendable))
      return { nobody: `${who}: receiver ${receiver} has nothing that can be sent to` };
    return { found: { receiver, integrations, who } };
  };
  const schedule = own(section.schedules, name);
  if (schedule) {
    const person = personAt(compileSchedule(name, schedule, standing(section, overrides?.get(name))), at);
    if (person === undefined) return { nobody: `nobody is on call for ${name}` };
    return reach(receiverOfPerson(section, person), `${person} (${name})`);
  }
  return own(section.people, name) ? reach(receiverOfPerson(section, name), name) : reach(name, name);
}

function levelOf(facts: PageFacts, names: readonly string[]): PageLevel {
  const led = names.map((name) => ledTo(facts, name));
  return { receivers: led.flatMap(({ found }) => found ?? []), nobody: led.flatMap(({ nobody }) => nobody ?? []) };
}

/** Who knows of something that fires, by the log: keys are `receiver/integration`. */
function toldOf({ log, receivers }: PageFacts): readonly PagedReceiver[] {
  const ids = new Map<string, string[]>();
  for (const [key, { firing }] of Object.entries(log)) {
    const slash = key.lastIndexOf("/");
    if (slash < 0 || firing.count === 0) continue;
    const receiver = key.slice(0, slash);
    ids.set(receiver, [...(ids.get(receiver) ?? []), key.slice(slash + 1)]);
  }
  return [...ids].flatMap(([receiver, known]) => {
    const integrations = (receivers.get(receiver) ?? []).filter(({ id }) => known.includes(id));
    return integrations.length > 0 ? [{ receiver, integrations, who: receiver }] : [];
  });
}

/** Who would be told of a group at an instant, level by level. */
export function pageInput(facts: PageFacts): PageInput {
  const levels = own(facts.section.escalations, facts.escalation)?.levels ?? [];
  return { levels: levels.map(({ to }) => levelOf(facts, to)), told: toldOf(facts) };
}
