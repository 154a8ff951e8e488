import { useEffect } from "preact/hooks";

const SECOND_LOOK_MS = 1_500;

/** Looks again soon after the first look: a rate takes two. */
export function useSecondLook(reload: () => void): void {
  useEffect(() => {
    const timer = setTimeout(reload, SECOND_LOOK_MS);
    return () => clearTimeout(timer);
  }, [reload]);
}
