import type { ServiceSummary } from "../../../functions/api/views.ts";
import type { ActType } from "../acts.ts";
import { clockTime, plural } from "../format.ts";
import { Icon, type IconName } from "../icons.tsx";
import { serviceLink } from "../router.ts";
import { ActButtons } from "./act-buttons.tsx";

interface Need {
  readonly service: ServiceSummary;
  readonly icon: IconName;
  readonly tone: "failing" | "degraded" | "unknown" | "held";
  readonly word: string;
  readonly text: string;
  readonly acts: readonly ActType[];
}

const RANK = { failing: 0, degraded: 1, unknown: 2, held: 3 } as const;

/** What a person should look at, worst first. Empty when all is well. */
export function needsOf(services: readonly ServiceSummary[], now: number): readonly Need[] {
  const needs = services.flatMap((service): readonly Need[] => {
    const found: Need[] = [];
    if (service.health !== "ok") found.push(healthNeed(service, service.health));
    const { paused, override } = service;
    if (paused) {
      const until = paused.until === undefined ? "until somebody resumes it" : `until ${clockTime(paused.until, now)}`;
      const way = paused.direction === "all" ? "" : `${paused.direction === "out" ? "outward" : "inward"} `;
      const text = `${way}by ${paused.by} ${until}: ${paused.why}`;
      found.push({ service, icon: "held", tone: "held", word: "paused", text, acts: ["resume"] });
    }
    if (override) {
      const text = `${plural(override.desired, "instance")} by ${override.by} until ${clockTime(override.until, now)}: ${override.why}`;
      found.push({ service, icon: "changed", tone: "held", word: "overridden", text, acts: ["clear_override"] });
    }
    return found;
  });
  return needs.sort((a, b) => RANK[a.tone] - RANK[b.tone]);
}

function healthNeed(service: ServiceSummary, health: "degraded" | "failing" | "unknown"): Need {
  const { status } = service;
  const text =
    status?.trouble ??
    (status === undefined
      ? "the fleet does not answer for it: nothing is changed while that lasts"
      : `${status.ready} of ${status.desired} instances are ready`);
  return { service, icon: health, tone: health, word: health === "unknown" ? "not known" : health, text, acts: [] };
}

const AT_MOST = 6;

/** The first thing on the overview when there is something to do; nothing at all when there is not. */
export function Attention({ services, now }: { services: readonly ServiceSummary[]; now: number }) {
  const needs = needsOf(services, now);
  if (needs.length === 0) return null;
  return (
    <section class="attention" aria-label="Needs a person">
      <ul>
        {needs.slice(0, AT_MOST).map((need) => (
          <li key={`${need.service.name}\n${need.word}`} class={`need need-${need.tone}`}>
            <span class="need-word">
              <Icon name={need.icon} size={14} /> {need.word}
            </span>
            <p>
              <a href={serviceLink(need.service.name)}>
                <bdi>{need.service.name}</bdi>
              </a>
              {"\u2002"}
              {need.text}
            </p>
            <ActButtons service={need.service} acts={need.acts} />
          </li>
        ))}
      </ul>
      {needs.length > AT_MOST && (
        <p>
          <a href="/services?health=trouble">and {needs.length - AT_MOST} more</a>
        </p>
      )}
    </section>
  );
}
