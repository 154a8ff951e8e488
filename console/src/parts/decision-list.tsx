import type { DecisionSummary } from "../../../functions/api/views.ts";
import { told, words } from "../format.ts";
import { drawerLink, go, subjectLink, usePlace } from "../router.ts";
import { subjectName } from "../subjects.ts";
import { HeldList } from "./held-list.tsx";
import { Td, Tr } from "./table.tsx";
import { Ago, At } from "./time.tsx";

const BY_HAND: ReadonlySet<string> = new Set(["paused", "resumed", "override_set", "override_cleared"]);

const idOf = (item: DecisionSummary): string => item.id;

/**
 * Decisions as sentences: a real table that turns into cards where the screen is narrow. Rows wait while the pointer is
 * over the list.
 */
export function DecisionList({
  items,
  subject = true,
  ago = false,
  caption,
}: {
  items: readonly DecisionSummary[];
  subject?: boolean;
  /** How long ago instead of when: for a glance, where no time axis stands beside. */
  ago?: boolean;
  caption: string;
}) {
  const open = usePlace().query.get("decision");
  return (
    <HeldList
      items={items}
      idOf={idOf}
      kind={subject ? "decisions" : "decisions of-one"}
      caption={caption}
      heads={["Time", ...(subject ? ["Subject"] : []), "What and why", "Reason", "Woken by"]}
      row={(item) => <DecisionRow key={item.id} item={item} subject={subject} ago={ago} open={item.id === open} />}
    />
  );
}

function DecisionRow(props: { item: DecisionSummary; subject: boolean; ago: boolean; open: boolean }) {
  const { item, subject, ago, open } = props;
  const link = drawerLink(item.id);
  return (
    <Tr
      data-row={item.id}
      data-open={open || undefined}
      class={item.acted ? "acted" : undefined}
      onClick={(event) => {
        if (
          event.target instanceof Element &&
          event.target.closest("a") === null &&
          getSelection()?.isCollapsed !== false
        )
          go(link);
      }}
    >
      <Td class="when">{ago ? <Ago at={item.at} /> : <At at={item.at} />}</Td>
      {subject && (
        <Td class="subject">
          <a href={subjectLink(item.noun, item.subject)} title={item.subject}>
            <bdi>{subjectName(item.noun, item.subject)}</bdi>
          </a>
        </Td>
      )}
      <Td class="what">
        <a href={link} data-row-link aria-current={open ? "true" : undefined}>
          {withoutSubject(item)}
        </a>
        {item.acted && item.outcome && <span class="outcome">{item.outcome}</span>}
      </Td>
      <Td class="reason">
        <Reason reason={item.reason} acted={item.acted} />
      </Td>
      <Td class="by">{item.trigger}</Td>
    </Tr>
  );
}

/** The reason in words; what Headgate did or proposed carries its violet mark. */
export function Reason({ reason, acted }: { reason: string; acted: boolean }) {
  return (
    <span class={acted ? "tag tag-acted" : "tag"}>
      {acted && <span class="diamond" aria-hidden="true" />}
      {words(reason)}
    </span>
  );
}

/** The sentence where its subject is said already: "Stays at 2 instances, because …". */
export function withoutSubject(item: DecisionSummary): string {
  const start = startsOf(item).find((one) => item.sentence.startsWith(one));
  if (start === undefined) return told(item.sentence);
  const rest = told(item.sentence.slice(start.length));
  // What a person did begins with the name they gave, and that stays as they wrote it.
  if (BY_HAND.has(item.reason)) return rest;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/** How a sentence may begin with its subject. */
function startsOf({ noun, subject }: DecisionSummary): readonly string[] {
  const name = subjectName(noun, subject);
  if (noun === "delivery") return [`${name}: `, `flag ${name} `];
  if (noun === "backup") return [`${subject.replace(/^[a-z]+:/u, "")}: `];
  if (noun !== "traffic") return [`${subject}: `];
  return [`circuit ${name} `, `${name} `];
}
