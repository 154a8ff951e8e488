import type { Known } from "./known.ts";
import { labelsText, listOf, type Members, members, numberOf, show, textOf } from "./values.ts";

const PLAIN = { ageMs: undefined, from: "", points: [], unit: "" } as const;
/** A group may hold thousands of alerts. */
const TOLD = 8;

/** "3 firing, 1 silenced": what is none is not said. */
const counted = (counts: Members): string =>
  Object.entries(counts)
    .filter(([name, count]) => name !== "alerts" && typeof count === "number" && count > 0)
    .map(([name, count]) => `${show(count)} ${name}`)
    .join(", ") || "no alerts";

function sampled(value: unknown): string {
  const all = listOf(value).map(members);
  const told = all.slice(0, TOLD).map((alert) => {
    const kept = alert["suppressed"] === undefined ? "" : ", held back";
    return `${labelsText(members(alert["labels"]))} ${show(alert["status"])}${kept}`;
  });
  return [...told, ...(all.length > TOLD ? [`and ${all.length - TOLD} more`] : [])].join("; ") || "none";
}

/** News of an integration since it was told last, by the key of its log. */
function news(value: unknown, at: number, log: string): Known {
  const own = members(value);
  const [fresh, ended] = [numberOf(own["newFiring"]) ?? 0, numberOf(own["newResolved"]) ?? 0];
  const toldAt = numberOf(own["entryAt"]);
  const parts = [fresh > 0 ? `${fresh} newly firing` : "", ended > 0 ? `${ended} newly resolved` : ""].filter(Boolean);
  return {
    ...PLAIN,
    name: log,
    value: parts.join(", ") || "nothing new",
    ageMs: toldAt === undefined ? undefined : Math.max(0, at - toldAt),
    from: toldAt === undefined ? "told nothing yet" : "since it was told last",
  };
}

/** What a flush of a group of alerts looked at, as people read it; undefined where the input is another one. */
export function flushRows(input: Members, at: number): readonly Known[] | undefined {
  if (input["kind"] !== "flush") return undefined;
  const held = members(input["held"]);
  const intervals = listOf(held["intervals"]).map(show).join(", ");
  const escalates = listOf(input["escalates"]).map(show);
  return [
    { ...PLAIN, name: "alerts", value: counted(members(input["counts"])) },
    ...Object.entries(members(input["integrations"])).map(([log, value]) => news(value, at, log)),
    ...(textOf(held["by"]) === undefined
      ? []
      : [{ ...PLAIN, name: held["by"] === "mute" ? "muted by" : "outside of", value: intervals }]),
    ...(escalates.length === 0 ? [] : [{ ...PLAIN, name: "escalations", value: escalates.join("; ") }]),
    { ...PLAIN, name: "of them", value: sampled(input["sample"]) },
  ];
}
