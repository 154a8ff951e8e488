import { wordsByKind } from "../kernel/words.ts";
import { drillExplain, drillSentence } from "./drill/words.ts";
import { restoreExplain, restoreSentence } from "./restore/words.ts";
import { runExplain, runSentence } from "./run/words.ts";
import { runbookExplain, runbookSentence } from "./runbook/words.ts";

/** The record in one sentence; and the whole chain for a person: sentence, trigger, each clause, actions, outcome. */
export const { sentence, explain } = wordsByKind({
  run: { sentence: runSentence, explain: runExplain },
  restore: { sentence: restoreSentence, explain: restoreExplain },
  drill: { sentence: drillSentence, explain: drillExplain },
  dr: { sentence: runbookSentence, explain: runbookExplain },
});
