import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Loading } from "./looks.tsx";

const loaded = new Map<unknown, unknown>();

/** A part of the console that is loaded when it is opened: the first paint of the others does not wait for it. `load` is the same function at each rendering. */
export function Later<T>(props: {
  load: () => Promise<T>;
  what: string;
  /** Of the page, where it is one. */
  heading?: string;
  children: (made: T) => JSX.Element | null;
}): JSX.Element | null {
  const { load, what, heading } = props;
  const [, redraw] = useState(0);
  const [fault, setFault] = useState<string>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (loaded.has(load)) return;
    load().then(
      (made) => {
        loaded.set(load, made);
        redraw((count) => count + 1);
      },
      (error: unknown) => setFault(error instanceof Error ? error.message : "it could not be loaded"),
    );
  }, [load, tries]);
  if (loaded.has(load)) return props.children(loaded.get(load) as T);
  return (
    <>
      {heading && <h1 tabIndex={-1}>{heading}</h1>}
      {fault === undefined ? (
        <Loading what={what} rows={8} />
      ) : (
        <Failed
          failure={{ kind: "unreachable", message: fault }}
          what={heading ? "page" : what}
          retry={() => {
            setFault(undefined);
            setTries(tries + 1);
          }}
        />
      )}
    </>
  );
}
