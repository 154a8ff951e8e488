import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { isOff, routing } from "../../alerting-known.ts";
import type { Resource } from "../../resource.ts";
import { Empty, Failed, Loading } from "../looks.tsx";
import { Tabs } from "./tabs.tsx";

/** How alerting is switched on, in one sentence. */
export function HowToSwitchOn() {
  return (
    <p>
      Alerts are not routed: name your <code>alertmanager.yml</code> under <code>alerting:</code> in{" "}
      <code>headgate.yaml</code>, and they are grouped, silenced and sent from here.
    </p>
  );
}

/** Remembers what an answer says about alerting as such. */
export function useRouting({ value, failure }: Pick<Resource<unknown>, "value" | "failure">): void {
  const known = value !== undefined ? true : isOff(failure) ? false : undefined;
  useEffect(() => {
    if (known !== undefined) routing.set(known);
  }, [known]);
}

/** A view of alerting around one answer: its tabs, its heading, and the five looks. */
export function AlertingPage<T>(props: {
  readonly title: string;
  readonly what: string;
  readonly resource: Pick<Resource<T>, "value" | "failure" | "reload">;
  /** Beside the heading. */
  readonly acts?: ComponentChildren;
  /** Between heading and answer, also while there is none: filters. */
  readonly filters?: ComponentChildren;
  readonly children: (value: T) => ComponentChildren;
}) {
  const { title, what, resource, acts, filters, children } = props;
  const { value, failure, reload } = resource;
  useRouting(resource);
  return (
    <>
      <Tabs />
      <div class="page-head">
        <h1 tabIndex={-1} class="state">
          {title}
        </h1>
        {acts}
      </div>
      {isOff(failure) ? (
        <Empty title="Alerting is off.">
          <HowToSwitchOn />
        </Empty>
      ) : (
        <>
          {filters}
          {value !== undefined ? (
            children(value)
          ) : failure ? (
            <Failed failure={failure} what={what} retry={reload} />
          ) : (
            <Loading what={what} rows={8} />
          )}
        </>
      )}
    </>
  );
}
