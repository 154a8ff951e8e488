const now = 1_767_571_260_000;
const clock = { now, speed: 1, simulated: false };
const MINUTE = 60_000;
const point = { id: "bkp_20260105_000000", cutAt: now - MINUTE };
const steps = [
  { id: "points", title: "A verified point is there", approval: false },
  { id: "decide", title: "A person declares us-east-1 lost", approval: true },
];
const run = {
  id: "drr_01ke5q9tk0c6m1x8z4v2b7n5qd",
  rehearsal: true,
  by: "ada",
  why: "quarterly rehearsal",
  startedAt: now - MINUTE,
} as const;
const done = [
  { id: "points", status: "done", tries: 1, text: "bkp_20260105_000000 is verified, its cut 1 min old" },
  { id: "decide", status: "done", tries: 0, text: "would wait for a person" },
] as const;

export const recoveryExamples = {
  Recovery: {
    clock,
    disasterRecovery: {
      file: "disaster-recovery.yml",
      primaryRegion: "us-east-1",
      secondaryRegion: "us-west-2",
    },
    plans: [
      {
        plan: "hourly",
        at: now,
        point,
        newest: point,
        disruptions: [
          {
            disruption: "region",
            rpoNow: {
              ms: MINUTE,
              objectiveMs: 60 * MINUTE,
              verdict: "met",
              why: "the newest verified point bkp_20260105_000000 has its cut 1 min ago",
              applies: "backup",
            },
            rpoWorst: {
              ms: 63 * MINUTE,
              objectiveMs: 60 * MINUTE,
              verdict: "breached",
              why: "a failure just before the next point is verified: interval 1 h + backup 2 min + verification 1 min",
            },
            rto: { objectiveMs: 240 * MINUTE, verdict: "not_proven", why: "no drill has shown it", steps: [] },
            verdict: "breached",
          },
        ],
        gaps: [],
        verdict: "breached",
      },
    ],
    troubles: [],
  },
  MirrorText: { text: "clusters = us-east-1, us-west-2\n" },
  MirrorCheck: {
    ok: false,
    faults: [{ path: "us-east-1->us-west-2.enabled", message: "is missing: nothing is replicated", allowed: "true" }],
    warnings: [],
  },
  Runbooks: {
    clock,
    items: [
      {
        ...{ name: "failover", about: "us-west-2 takes over from us-east-1", kind: "failover", builtIn: true, steps },
        last: { id: run.id, rehearsal: true, outcome: "done", endedAt: now },
      },
    ],
  },
  Runbook: {
    clock,
    name: "failover",
    runbook: { name: "failover", about: "us-west-2 takes over from us-east-1", kind: "failover", steps },
    ended: [{ ...run, endedAt: now, outcome: "done", steps: done }],
  },
} as const;
