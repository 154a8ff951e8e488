import type { AnomalyView } from "../../../functions/api/views-anomaly.ts";
import { type AnomalyKey, isSame } from "../anomaly-key.ts";
import { getDecisions } from "../api.ts";
import { getAnomaly } from "../api-anomaly.ts";
import { told } from "../format.ts";
import { usePollMs } from "../poll.ts";
import { useResource } from "../resource.ts";
import { pageLink, serviceLink } from "../router.ts";
import { AnomalyChart } from "./anomaly-chart.tsx";
import { Facts, Said } from "./anomaly-facts.tsx";
import { headline, Severity } from "./anomaly-words.tsx";
import { DecisionList } from "./decision-list.tsx";
import { Judge } from "./judge.tsx";
import { Empty, Failed, Loading } from "./looks.tsx";
import { Ago } from "./time.tsx";

/** One anomaly: what was seen, where it was expected, what else was going on, and what people say of it. */
export function AnomalyDetail({ anomaly: key, heading: Heading }: { anomaly: AnomalyKey; heading: "h1" | "h2" }) {
  const { value, failure, reload } = useResource(
    `anomaly ${key.service}`,
    (signal) => getAnomaly(key.service, signal),
    usePollMs(),
  );
  const found = value && [...value.open, ...value.past].find((one) => isSame(one, key));
  if (value === undefined || found === undefined) {
    return (
      <>
        <Heading class="sentence" tabIndex={-1}>
          Anomaly of <bdi>{key.signal}</bdi> of <bdi>{key.service}</bdi>
        </Heading>
        {value !== undefined ? (
          <Empty title="It is no longer kept.">
            <p>
              The last 20 anomalies of a service are. What was decided is still there:{" "}
              <a href={decisionsOf(key.service)}>decisions of {key.service}</a>.
            </p>
          </Empty>
        ) : failure === undefined ? (
          <Loading what="the anomaly" rows={8} />
        ) : (
          <Failed failure={failure} what="such anomaly" retry={reload} />
        )}
      </>
    );
  }
  return (
    <article class="decision" data-anomaly-detail>
      <Heading class="sentence" tabIndex={-1}>
        {told(headline(found))}
      </Heading>
      <p class="decision-about">
        <a href={serviceLink(found.service)}>
          <bdi>{found.service}</bdi>
        </a>
        <Severity anomaly={found} />
        <span>
          {found.until === undefined ? "open since " : "began "}
          <Ago at={found.since} />
        </span>
      </p>
      <div class="decision-buttons">
        <Judge anomaly={found} />
      </div>
      <AnomalyChart view={value} anomaly={found} />
      <Facts view={value} anomaly={found} />
      <section>
        <h3>What else was going on</h3>
        {found.facts.length === 0 ? (
          <p class="muted">No other signal moved first, and no scaling or deployment is known shortly before.</p>
        ) : (
          <ul class="bullets">
            {found.facts.map((fact) => (
              <li key={fact}>{told(fact)}</li>
            ))}
          </ul>
        )}
      </section>
      <Said view={value} anomaly={found} />
      <Records anomaly={found} />
    </article>
  );
}

const decisionsOf = (service: string): string =>
  `${pageLink("/decisions").split("?")[0]}?noun=anomaly&subject=${encodeURIComponent(service)}`;

const AROUND_MS = 10 * 60_000;

function Records({ anomaly }: { anomaly: AnomalyView }) {
  const { service, since, until } = anomaly;
  const { value } = useResource(
    `records of ${service} ${since} ${until}`,
    (signal) =>
      getDecisions(
        {
          noun: "anomaly",
          subject: service,
          from: String(since),
          limit: 10,
          ...(until === undefined ? {} : { to: String(until + AROUND_MS) }),
        },
        signal,
      ),
    usePollMs(),
  );
  if (value === undefined || value.items.length === 0) return null;
  return (
    <section>
      <h3>Decisions while it lasted</h3>
      <DecisionList
        items={value.items}
        subject={false}
        caption="Decisions about anomalies of this service while it lasted, newest first"
      />
    </section>
  );
}
