#!/bin/sh
# Writes one record that all replicas have to take and reads it back: exit code 0 when the cluster gives back what it was given.
# $1: brokers. Needs Kafka's own tools on the PATH, and a topic "chaos-check".
set -eu
mark="chaos-$(date +%s)-$$"
printf '%s\n' "$mark" | kafka-console-producer.sh --bootstrap-server "$1" --topic chaos-check --producer-property acks=all --producer-property delivery.timeout.ms=15000 --producer-property request.timeout.ms=5000
kafka-console-consumer.sh --bootstrap-server "$1" --topic chaos-check --from-beginning --timeout-ms 8000 2>/dev/null | grep -qx "$mark"
echo "$mark came back"
