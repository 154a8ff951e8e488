import type { CostOpportunities, CostOpportunity } from "../../../../functions/api/views-cost.ts";
import { bytes } from "../../backup-words.ts";
import { applyAct } from "../../cost-acts.ts";
import { changeTexts, KINDS } from "../../cost-words.ts";
import { duration, number, told, unitText, words } from "../../format.ts";
import { useActDenial } from "../../me.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { ActButton } from "../backup/act.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";
import { Ago, At } from "../time.tsx";
import { DismissDialog } from "./dismiss-dialog.tsx";
import { Money } from "./figure.tsx";

/** Apply and dismiss; off with the reason where it may not be. */
export function OpportunityActs({ one, mode }: { one: CostOpportunity; mode: CostOpportunities["mode"] }) {
  const denial = useActDenial();
  const byHand = one.action.type === "by_hand";
  const off = mode === "observe" ? "In mode observe nothing is changed" : undefined;
  return (
    <span class="act-buttons">
      <ActButton name="apply" label={byHand ? "It is done…" : "Apply…"} off={off} act={applyAct(one)} />
      <button
        type="button"
        data-act="dismiss"
        disabled={denial !== undefined}
        title={denial}
        onClick={() => sheet.set(<DismissDialog one={one} onClose={closeSheet} />)}
      >
        Dismiss…
      </button>
    </span>
  );
}

/** One proposal with all that speaks for it, and what kept it from being larger. */
export function OpportunityDetail(props: {
  one: CostOpportunity;
  mode: CostOpportunities["mode"];
  heading: "h1" | "h2";
}) {
  const { one, mode, heading: Heading } = props;
  const Sub = Heading === "h1" ? "h2" : "h3";
  return (
    <article class="opportunity">
      <Heading tabIndex={-1}>
        <bdi>{told(one.text)}</bdi>
      </Heading>
      <p class="summary-line">
        <strong>
          {one.savingPerMonth === undefined ? (
            "What it saves cannot be told"
          ) : (
            <>
              <Money amount={one.savingPerMonth} currency={one.currency} /> a month
            </>
          )}
        </strong>
        <span>{KINDS[one.kind]}</span>
        <span>effort {words(one.effort)}</span>
        <span>risk {words(one.risk)}</span>
        <span>{one.restartNeeded ? "needs a restart" : "no restart"}</span>
        <span>{ROLLBACK[one.rollback]}</span>
        <span class="muted">
          looked at <Ago at={one.at} />
        </span>
      </p>
      <OpportunityActs one={one} mode={mode} />
      <section>
        <Sub>What would change</Sub>
        <ul class="plain-list">
          {changeTexts(one.action).map((text) => (
            <li key={text}>
              <bdi>{text}</bdi>
            </li>
          ))}
        </ul>
      </section>
      {one.bounds.length > 0 && (
        <section data-bounds>
          <Sub>What bounds it</Sub>
          <ul class="plain-list">
            {one.bounds.map((text) => (
              <li key={text}>
                <bdi>{told(text)}</bdi>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <Sub>Evidence</Sub>
        <Table class="cost-plain evidence">
          <caption class="unseen">Measured facts, with how many samples stand behind each</caption>
          <Thead>
            <Tr>
              <Th>Fact</Th>
              <Th>Value</Th>
              <Th>Seen</Th>
              <Th>Read from</Th>
            </Tr>
          </Thead>
          <Tbody>
            {one.evidence.map((fact) => (
              <Tr key={fact.name}>
                <RowTh>
                  <bdi>{words(fact.name)}</bdi>
                </RowTh>
                <Td class="whole">
                  <bdi>{valueText(fact.value, fact.unit)}</bdi>
                </Td>
                <Td class="muted">
                  {fact.from !== undefined && fact.to !== undefined && (
                    <>
                      <At at={fact.from} /> to <At at={fact.to} />
                    </>
                  )}
                  {fact.samples !== undefined && <span class="outcome">{number(fact.samples)} samples</span>}
                </Td>
                <Td class="muted">
                  <bdi>{fact.source}</bdi>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </section>
      {one.aws && (
        <p class="muted">
          AWS calls it {[one.aws.finding, one.aws.actionType].filter((word) => word !== undefined).join(", ")}.
        </p>
      )}
    </article>
  );
}

const ROLLBACK = {
  one_call: "one call takes it back",
  possible: "can be taken back",
  impossible: "cannot be taken back",
};

function valueText(value: unknown, unit = ""): string {
  if (typeof value === "number" && unit === "ms") return duration(value);
  if (typeof value === "number" && unit === "bytes") return bytes(value);
  const text =
    typeof value === "number" ? number(value) : typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const said = unitText(unit);
  return said === "" ? text : `${text}\u00a0${said}`;
}
