/** Data as a webhook's body has it, with what templates have to be careful about. */
export const DATA = {
  receiver: "team-x.y",
  status: "firing",
  externalURL: "http://am.example/base",
  notification_reason: "first notification",
  groupLabels: {
    alertname: "Down",
    cluster: "eu-1",
  },
  commonLabels: {
    alertname: "Down",
    cluster: "eu-1",
    severity: "page",
  },
  commonAnnotations: {
    summary: 'It\'s <b>down</b> & "out"',
    runbook: "javascript:alert(1)",
  },
  routeLabels: {
    team: "x",
    t2: '{{ .Status }}-{{ routeLabels "team" }}',
    c1: '{{ routeLabels "c2" }}',
    c2: '{{ routeLabels "c1" }}',
  },
  alerts: [
    {
      status: "firing",
      labels: {
        alertname: "Down",
        instance: "a:1",
        severity: "page",
      },
      annotations: {
        summary: "s1",
        url: "http://x/?a=b&c=d e",
      },
      startsAt: "2024-03-31T00:59:59.123456789Z",
      generatorURL: "http://prom/g?x=1&y=<2>",
      fingerprint: "00aa",
    },
    {
      status: "resolved",
      labels: {
        alertname: "Down",
        instance: "b+c",
      },
      annotations: {},
      startsAt: "2024-07-01T12:00:00+02:00",
      endsAt: "2024-07-01T13:30:15Z",
      generatorURL: "",
      fingerprint: "00bb",
    },
    {
      status: "firing",
      labels: {
        alertname: "ÄÖ",
        instance: "c",
        severity: "warning",
      },
      annotations: {
        n: "42",
      },
      startsAt: "2024-12-24T00:00:00Z",
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "/rel",
      fingerprint: "00cc",
    },
  ],
};
