import type { DeliveryServiceSummary } from "../../../../functions/api/views-delivery.ts";
import {
  outcomeText,
  percent,
  phaseText,
  rolloutStanding,
  STRATEGIES,
  stepText,
  VERDICTS,
} from "../../delivery-words.ts";
import { told } from "../../format.ts";
import { deliveryLink } from "../../router.ts";
import { openRow } from "../open-row.ts";
import { RowTh, Td, Tr } from "../table.tsx";
import { Ago } from "../time.tsx";
import { StandingMark } from "../traffic/standing.tsx";
import { WindowList } from "../window-list.tsx";

const WIDE_PX = 56;
const NARROW_PX = 136;
const HEADS = ["Service", "State", "Version", "What is happening", "Share", "Gate", "Since"];

const idOf = (one: DeliveryServiceSummary): string => one.service;

/** Services with the version in force and the rollout under way, or the last one. */
export function DeliveryList({ items }: { items: readonly DeliveryServiceSummary[] }) {
  return (
    <WindowList
      items={items}
      idOf={idOf}
      kind="delivery"
      caption="Releases of services, what needs a person first"
      heads={HEADS}
      rowHeight={{ wide: WIDE_PX, narrow: NARROW_PX }}
      row={(one, index) => <Row key={one.service} one={one} index={index} />}
    />
  );
}

function Row({ one, index }: { one: DeliveryServiceSummary; index: number }) {
  const link = deliveryLink(one.service);
  const { current, last, stable } = one;
  const shown = current ?? last;
  const step = current ? stepText(current) : "";
  const what = current
    ? [phaseText(current), STRATEGIES[current.strategy], step].filter(Boolean).join(", ")
    : last
      ? `${last.version}: ${told(outcomeText(last))}`
      : "";
  return (
    <Tr aria-rowindex={index} data-row={one.service} onClick={openRow(link)}>
      <RowTh class="name">
        <a href={link} data-row-link title={one.service}>
          <bdi>{one.service}</bdi>
        </a>
      </RowTh>
      <Td class="state">
        {shown ? <StandingMark standing={rolloutStanding(shown)} /> : <span class="none">no rollout yet</span>}
      </Td>
      <Td class="version">
        <bdi class="mono clip" title={stable}>
          {stable ?? "–"}
        </bdi>
      </Td>
      <Td class="happens">
        <span class="two-lines" title={what}>
          <bdi>{what || `next by ${STRATEGIES[one.strategy]}`}</bdi>
        </span>
      </Td>
      <Td class="share">{current ? percent(current.share) : ""}</Td>
      <Td class="gate">{shown?.verdict && <StandingMark standing={VERDICTS[shown.verdict.verdict]} />}</Td>
      <Td class="when">{shown && <Ago at={current?.since ?? shown.endedAt ?? shown.since} />}</Td>
    </Tr>
  );
}
