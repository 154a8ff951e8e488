import type { TrafficServiceSummary } from "../../../../functions/api/views-traffic.ts";
import { clock } from "../../clock.ts";
import { quantity, words } from "../../format.ts";
import { trafficLink } from "../../router.ts";
import { type Rate, rateOf } from "../../traffic-rates.ts";
import { backendsText, besidesText, PANIC, shareText, standingOf, versionsText } from "../../traffic-words.ts";
import { openRow } from "../open-row.ts";
import { RowTh, Td, Tr } from "../table.tsx";
import { WindowList } from "../window-list.tsx";
import { ShareBars } from "./share-bars.tsx";
import { StandingMark } from "./standing.tsx";

const WIDE_PX = 48;
const NARROW_PX = 144;
const HEADS = ["Service", "State", "Backends", "Policy", "Shares", "Requests", "Failing", "Beside that", "Versions"];

const idOf = (one: TrafficServiceSummary): string => one.service;

/** Services by what needs a person. */
export function TrafficList({ items }: { items: readonly TrafficServiceSummary[] }) {
  return (
    <WindowList
      items={items}
      idOf={idOf}
      kind="traffic"
      caption="Traffic of services, what needs a person first"
      heads={HEADS}
      rowHeight={{ wide: WIDE_PX, narrow: NARROW_PX }}
      row={(one, index) => <ServiceRow key={one.service} one={one} index={index} />}
    />
  );
}

function ServiceRow({ one, index }: { one: TrafficServiceSummary; index: number }) {
  const link = trafficLink(one.service);
  const rate = rateOf(one, clock.get()?.speed ?? 1);
  const beside = besidesText(one.gateway);
  const versions = one.versions ? versionsText(one.versions) : "";
  return (
    <Tr aria-rowindex={index} data-row={one.service} onClick={openRow(link)}>
      <RowTh class="name">
        <a href={link} data-row-link title={one.service}>
          <bdi>{one.service}</bdi>
        </a>
      </RowTh>
      <Td class="state">
        <StandingMark standing={standingOf(one)} title={one.panic ? PANIC : undefined} />
      </Td>
      <Td class="backends-cell">
        <span class="two-lines">{backendsText(one.backends)}</span>
      </Td>
      <Td class="policy">
        <span class="two-lines">{words(one.policy)}</span>
      </Td>
      <Td class="bars">{one.shares && <ShareBars shares={one.shares} />}</Td>
      <Td class="rate">
        <Requests one={one} rate={rate} />
      </Td>
      <Td class="failing">
        <Failing rate={rate} />
      </Td>
      <Td class="beside">
        <span class="two-lines" title={beside && `${beside}, since its gateway was opened`}>
          {beside}
        </span>
      </Td>
      <Td class="versions">
        <span class="two-lines" title={versions}>
          <bdi>{versions}</bdi>
        </span>
      </Td>
    </Tr>
  );
}

/** Requests per second of late. Without a gateway here nobody counts, which is not the same as none. */
export function Requests({ one, rate }: { one: TrafficServiceSummary; rate: Rate | undefined }) {
  if (one.gateway === undefined) return <span class="none">no gateway here</span>;
  return rate === undefined ? <span class="muted">counting…</span> : <span>{quantity(rate.requests, "req/s")}</span>;
}

/** From here on failing is not a few any more. */
const MANY = 0.05;

/** What part of them failed; amber from the first. */
export function Failing({ rate }: { rate: Rate | undefined }) {
  if (rate?.failing === undefined) return null;
  if (rate.failing === 0) return <span class="muted">none</span>;
  return <span class={rate.failing < MANY ? "failing-some" : "failing-many"}>{shareText(rate.failing)} fail</span>;
}
