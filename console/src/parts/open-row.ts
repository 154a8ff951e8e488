import { go } from "../router.ts";

/** A click anywhere in a row leads where its link leads; one on a link is that link's own. */
export const openRow =
  (link: string) =>
  (event: Event): void => {
    if (event.target instanceof Element && event.target.closest("a") === null) go(link);
  };
