import { wordsByKind } from "../kernel/words.ts";
import { explainBudget, sentenceBudget } from "./budget/words.ts";
import { changeExplain, changeSentence } from "./change/words.ts";
import { reportExplain, reportSentence } from "./jobs/words.ts";
import { explainUnusual, sentenceUnusual } from "./unusual/words.ts";

/** The record in one sentence; and the whole chain for a person: sentence, trigger, each clause, actions, outcome. */
export const { sentence, explain } = wordsByKind({
  anomaly: { sentence: sentenceUnusual, explain: explainUnusual },
  budget: { sentence: sentenceBudget, explain: explainBudget },
  change: { sentence: changeSentence, explain: changeExplain },
  report: { sentence: reportSentence, explain: reportExplain },
});
