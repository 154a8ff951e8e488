import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { getService, getServices } from "../../api.ts";
import { addressOf, type LabPlace, type Load, readAddress } from "../../lab/address.ts";
import { type Played, playLab } from "../../lab/api-lab.ts";
import { madeUpFortnight } from "../../lab/made-up.ts";
import { type ObjectiveForm, objectiveAddress, readObjective } from "../../lab/objective.ts";
import { firstFault, LOOSE, NOTHING_TRIED, ownIndex, sectionOf, type Tried } from "../../lab/section.ts";
import { usePlayed } from "../../lab/use-played.ts";
import { writable } from "../../lab/written.ts";
import { sectionYaml } from "../../lab/yaml.ts";
import { Copy } from "../../parts/copy.tsx";
import { Compare } from "../../parts/lab/compare.tsx";
import { LoadChooser } from "../../parts/lab/load-chooser.tsx";
import { Outcome, Verdict } from "../../parts/lab/outcome.tsx";
import { Settings } from "../../parts/lab/settings.tsx";
import { Tune } from "../../parts/lab/tune.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { useResource } from "../../resource.ts";
import { go, serviceLink, usePlace, withQuery } from "../../router.ts";
import { listOf, type Members, members } from "../../values.ts";

/** A hand on a slider rests this long before it is simulated, and before the address follows. */
const RESTS_MS = 200;
const SELDOM_MS = 60_000;
/** A recording that is so much longer is another one. */
const LATER_MS = 600_000;

interface Shown extends LabPlace {
  readonly form: ObjectiveForm;
}

/** What the page shows: the address, and at once what a hand moves; the address follows when the hand rests. */
function useShown(): readonly [shown: Shown, show: (next: Partial<Shown>, step?: boolean) => void] {
  const { query } = usePlace();
  const text = query.toString();
  const [held, setHeld] = useState<Shown>(() => ({ ...readAddress(query), form: readObjective(query) }));
  const written = useRef(text);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // Back, forward, or a link: the address is newer than what is held.
  useEffect(() => {
    if (text === written.current) return;
    clearTimeout(timer.current);
    written.current = text;
    setHeld({ ...readAddress(query), form: readObjective(query) });
  }, [text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = (change: Partial<Shown>, step = false) => {
    const next = { ...held, ...change };
    setHeld(next);
    clearTimeout(timer.current);
    const write = () => {
      const to = withQuery({ ...addressOf(next), ...objectiveAddress(next.form) });
      written.current = to.split("?")[1] ?? "";
      go(to, { replace: !step });
    };
    if (step) write();
    else timer.current = setTimeout(write, RESTS_MS);
  };
  return [held, show];
}

/** A policy on trial: it is played over a recorded load, with the machine that decides in production, and nothing is changed. */
export function LabPage() {
  const [shown, show] = useShown();
  const services = useResource("services", getServices, SELDOM_MS);
  const names = useMemo(
    () => services.value?.items.filter(({ mode }) => mode !== undefined).map(({ name }) => name) ?? [],
    [services.value],
  );
  const [file, setFile] = useState<{ readonly text: string; readonly name: string; readonly nth: number }>();
  const first: Load | undefined = names[0] === undefined ? undefined : { from: "service", service: names[0] };
  const load = shown.load ?? first ?? (services.value ? { from: "synthetic" as const } : undefined);
  const name = load?.from === "service" ? load.service : undefined;
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>Policy lab</h1>
        {name !== undefined && (
          <a href={serviceLink(name)}>
            <bdi>{name}</bdi> as it is now
          </a>
        )}
      </div>
      <p class="muted">
        What a policy would have done. The load is played with the machine that decides in production; nothing is
        changed.
      </p>
      <LoadChooser
        services={names}
        load={load}
        hasFile={file !== undefined}
        onLoad={(next) => show({ load: next, days: undefined, tried: NOTHING_TRIED }, true)}
        onFile={(text, fileName) => {
          setFile({ text, name: fileName, nth: (file?.nth ?? 0) + 1 });
          show({ days: undefined }, true);
        }}
      />
      {load === undefined ? (
        services.failure ? (
          <Failed failure={services.failure} what="services" retry={services.reload} />
        ) : (
          <Loading what="services" rows={8} />
        )
      ) : load.from === "service" ? (
        <OfService key={load.service} name={load.service} shown={shown} show={show} />
      ) : load.from === "synthetic" ? (
        <MadeUp shown={shown} show={show} />
      ) : file === undefined ? (
        <Empty title="No file has been chosen yet.">
          <p>Choose one above. Nothing is kept of it: it is sent to be played, and forgotten.</p>
        </Empty>
      ) : (
        <Bench
          key={file.nth}
          load={{ trace: file.text }}
          loadKey={`file ${file.nth}`}
          section={LOOSE}
          service={undefined}
          shown={shown}
          show={show}
        />
      )}
    </>
  );
}

type Show = ReturnType<typeof useShown>[1];

function MadeUp({ shown, show }: { shown: Shown; show: Show }) {
  const load = useMemo(() => ({ trace: madeUpFortnight() }), []);
  return <Bench load={load} loadKey="synthetic" section={LOOSE} service={undefined} shown={shown} show={show} />;
}

/** The load of a service is played against the section that it has now. */
function OfService({ name, shown, show }: { name: string; shown: Shown; show: Show }) {
  const { value, failure, reload } = useResource(`service ${name}`, (signal) => getService(name, signal), SELDOM_MS);
  const stamp = JSON.stringify(value?.autoscaling);
  const section = useMemo(() => members(writable(value?.autoscaling)), [stamp]);
  const load = useMemo(() => ({ service: name }), [name]);
  if (value === undefined)
    return failure ? (
      <Failed failure={failure} what={`service ${name}`} retry={reload} />
    ) : (
      <Loading what="the service" rows={8} />
    );
  if (value.autoscaling === undefined)
    return (
      <Empty title="Headgate does not scale this service.">
        <p>It has no entry under autoscaling, so there is nothing to compare with. Try the made-up fortnight.</p>
      </Empty>
    );
  return <Bench load={load} loadKey={`service ${name}`} section={section} service={name} shown={shown} show={show} />;
}

/** The section with what `auto` has picked in its place: that has sliders. */
function inForce(section: Members, running: unknown): Members {
  const isAuto = listOf(section["policies"]).some((one) => members(one)["type"] === "auto");
  const policies = isAuto ? writable(members(running)["policies"]) : undefined;
  return policies === undefined ? section : { ...section, policies };
}

/** Settings on one side, what they would have done on the other. */
function Bench(props: {
  load: Played;
  loadKey: string;
  section: Members;
  service: string | undefined;
  shown: Shown;
  show: Show;
}) {
  const { load, loadKey, service, shown, show } = props;
  const { tried, days, form } = shown;
  const span = days === undefined ? {} : { days };
  const over = `${loadKey} ${days ?? ""}`;
  // What is in force is what the lab compares with; without a service there is no today.
  const todayKey = `${over} ${JSON.stringify(props.section)} `;
  const [upTo, setUpTo] = useState(0);
  const today = usePlayed(
    service === undefined ? undefined : `${todayKey}${upTo}`,
    (signal) => playLab({ ...load, ...span, policy: "current" }, signal),
    0,
  );
  const now = today.of?.startsWith(todayKey) ? today.value : undefined;
  const running = JSON.stringify(now?.config);
  const section = useMemo(() => inForce(props.section, now?.config), [props.section, running]);
  const fault = firstFault(tried, section);
  const policy = useMemo(() => sectionOf(tried, section), [tried, section]);
  const moved = tried.type !== undefined || Object.keys(tried.set).length > 0;
  const isToday = service !== undefined && !moved;
  const played = usePlayed(
    fault === undefined && !isToday ? `${over} ${JSON.stringify(policy)}` : undefined,
    (signal) => playLab({ ...load, ...span, policy }, signal),
    RESTS_MS,
  );
  // The recording went on meanwhile: both are to be about the same minutes.
  const newest = played.value?.load;
  useEffect(() => {
    if (newest && now && newest.to - now.load.to > Math.max(LATER_MS, (newest.to - newest.from) / 100))
      setUpTo(newest.to);
  }, [newest, now]);
  const take = (next: Tried) => show({ tried: { ...next, set: { ...kept(tried), ...next.set } } }, true);
  const yaml = () => sectionYaml(service ?? "my-service", policy);
  const mine = isToday ? today : played;
  return (
    <>
      <div class="lab-bench">
        <div class="lab-left">
          <Settings
            tried={tried}
            section={section}
            service={service}
            onMove={(next) => show({ tried: next })}
            onChoose={(next) => show({ tried: next }, true)}
          />
          <div class="lab-yaml">
            <Copy label="Copy as YAML" text={yaml} />
            {moved && (
              <button type="button" onClick={() => show({ tried: NOTHING_TRIED }, true)}>
                Start again
              </button>
            )}
            <details>
              <summary>As YAML</summary>
              <pre data-lab="yaml">{yaml()}</pre>
            </details>
          </div>
        </div>
        <Verdict
          mine={mine}
          today={now}
          moved={moved || service === undefined}
          ownSliders={ownIndex(section) >= 0 || service === undefined}
          fault={fault}
        />
        <Outcome
          mine={mine}
          today={now}
          todayFailure={today.failure}
          moved={moved || service === undefined}
          fault={fault}
          days={days}
          onDays={(next) => show({ days: next }, true)}
        />
      </div>
      {mine.value && (
        <>
          <Compare
            load={load}
            question={over}
            days={mine.value.days.join("-")}
            tried={mine.value.measures}
            today={now?.measures}
            onTry={take}
          />
          <Tune
            load={load}
            question={loadKey}
            section={service === undefined ? undefined : section}
            form={form}
            onForm={(next) => show({ form: next })}
            onTry={take}
          />
        </>
      )}
    </>
  );
}

/** What was moved in the bounds stays when another policy is taken. */
const BOUNDS = new Set(["min", "max", "startDelay", "maxStep.out", "maxStep.in"]);
const kept = ({ set }: Tried): Tried["set"] =>
  Object.fromEntries(Object.entries(set).filter(([key]) => BOUNDS.has(key)));
