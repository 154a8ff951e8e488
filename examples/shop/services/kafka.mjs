import { exporter } from "./exporter.mjs";

// Consumer lag in records; now and then one group falls behind (KafkaConsumerLag fires above 1,000 for two minutes).
exporter({
  everySeconds: 60,
  lastsSeconds: 12,
  families: ({ troubled, wave }) => [
    { name: "kafka_brokers", help: "Brokers in the cluster.", samples: [{ value: 3 }] },
    {
      name: "kafka_consumer_lag_sum",
      help: "Records a consumer group is behind.",
      samples: [
        { labels: { group: "orders-enricher" }, value: Math.round(80 + 120 * wave + (troubled ? 4200 : 0)) },
        { labels: { group: "payments-ledger" }, value: Math.round(20 + 30 * wave) },
      ],
    },
  ],
});
