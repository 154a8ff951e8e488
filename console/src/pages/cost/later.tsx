import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Loading } from "../../parts/looks.tsx";

type Pages = typeof import("./pages.tsx");
let loaded: Pages | undefined;

/** Pages of cost, loaded when one of them is opened: the first paint of the others does not wait for them. */
export function CostPages(props: { view: string | undefined; item: string | undefined; none: () => JSX.Element }) {
  const { view, item, none } = props;
  const [pages, setPages] = useState(loaded);
  const [fault, setFault] = useState<string>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (loaded !== undefined) return setPages(loaded);
    import("./pages.tsx").then(
      (made) => {
        loaded = made;
        setPages(made);
      },
      (error: unknown) => setFault(error instanceof Error ? error.message : "it could not be loaded"),
    );
  }, [tries]);
  if (pages) return pages.costPage(view, item) ?? none();
  return (
    <>
      <h1 tabIndex={-1}>Cost</h1>
      {fault === undefined ? (
        <Loading what="cost" rows={8} />
      ) : (
        <Failed
          failure={{ kind: "unreachable", message: fault }}
          what="page"
          retry={() => {
            setFault(undefined);
            setTries(tries + 1);
          }}
        />
      )}
    </>
  );
}
