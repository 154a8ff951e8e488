import type { RuleGroupView, RuleView } from "../../../functions/api/views-monitoring.ts";
import { duration } from "../format.ts";
import { Icon } from "../icons.tsx";
import { go, ruleLink } from "../router.ts";
import { AlertState } from "./alert-state.tsx";
import { Table, Tbody, Td, Th, Thead, Tr } from "./table.tsx";
import { Ago } from "./time.tsx";

/** Rules by group, as the files have them. */
export function RuleGroups({ groups }: { groups: readonly RuleGroupView[] }) {
  return (
    <>
      {groups.map((group) => (
        <section key={`${group.file}\n${group.name}`} class="rule-group" aria-label={`Group ${group.name}`}>
          <h3>
            <bdi>{group.name}</bdi>
            <span class="muted">
              <bdi>{group.file}</bdi> · every {duration(group.intervalMs)}
              {group.lastEvaluation !== undefined && (
                <>
                  {" · evaluated "}
                  <Ago at={group.lastEvaluation} />
                </>
              )}
            </span>
          </h3>
          <Table class="rules">
            <caption class="unseen">Rules of {group.name}</caption>
            <Thead>
              <Tr>
                <Th>State</Th>
                <Th>Rule</Th>
                <Th>For</Th>
                <Th>Health</Th>
                <Th>Last evaluation</Th>
              </Tr>
            </Thead>
            <Tbody>
              {group.rules.map((rule) => (
                <RuleRow key={rule.id} rule={rule} />
              ))}
            </Tbody>
          </Table>
        </section>
      ))}
    </>
  );
}

function RuleRow({ rule }: { rule: RuleView }) {
  const link = ruleLink(rule.id);
  return (
    <Tr
      data-row={rule.id}
      onClick={(event) => {
        if (
          event.target instanceof Element &&
          event.target.closest("a") === null &&
          getSelection()?.isCollapsed !== false
        )
          go(link);
      }}
    >
      <Td class="state">
        {rule.kind === "recording" ? <span class="health">records</span> : <AlertState state={rule.state} />}
        {rule.firing + rule.pending > 1 && <span class="rule-count">{countText(rule)}</span>}
      </Td>
      <Td class="what">
        <a href={link} data-row-link>
          <bdi>{rule.name}</bdi>
        </a>
        <code class="rule-expr">{rule.expr}</code>
      </Td>
      <Td class="for">{rule.forMs > 0 ? duration(rule.forMs) : ""}</Td>
      <Td class="rule-health">
        <RuleHealth rule={rule} />
      </Td>
      <Td class="when">{rule.lastEvaluation === undefined ? "never" : <Ago at={rule.lastEvaluation} />}</Td>
    </Tr>
  );
}

const countText = ({ firing, pending }: RuleView): string =>
  [firing > 0 ? `${firing} firing` : "", pending > 0 ? `${pending} pending` : ""].filter(Boolean).join(", ");

/** Whether a rule gets its answers, and what was said when it did not. */
export function RuleHealth({ rule }: { rule: RuleView }) {
  if (rule.health === "ok") {
    return (
      <span class="health">
        <Icon name="ok" size={14} /> answers
      </span>
    );
  }
  if (rule.health === "unknown") {
    return (
      <span class="health">
        <Icon name="unknown" size={14} /> never evaluated
      </span>
    );
  }
  return (
    <>
      <span class="health health-failing">
        <Icon name="failing" size={14} /> no answer
      </span>
      {(rule.lastError || rule.failingSince !== undefined) && (
        <span class="outcome">
          {rule.failingSince !== undefined && (
            <>
              since <Ago at={rule.failingSince} />
              {rule.lastError ? ": " : ""}
            </>
          )}
          <bdi>{rule.lastError}</bdi>
        </span>
      )}
    </>
  );
}
