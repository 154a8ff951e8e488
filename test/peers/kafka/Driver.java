import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Kafka's own clients, driven by lines of JSON: what they write and read is what adapters are compared with. */
public final class Driver {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Properties COMMON = new Properties();
  private static final Map<String, KafkaProducer<byte[], byte[]>> PRODUCERS = new ConcurrentHashMap<>();
  private static final Map<String, KafkaProducer<byte[], byte[]>> TRANSACTIONAL = new ConcurrentHashMap<>();
  private static final Map<String, Runnable> JOINED = new ConcurrentHashMap<>();

  public static void main(String[] args) throws Exception {
    for (String arg : args) {
      int at = arg.indexOf('=');
      COMMON.setProperty(arg.substring(0, at), arg.substring(at + 1));
    }
    ExecutorService pool = Executors.newCachedThreadPool(work -> {
      Thread thread = new Thread(work);
      thread.setDaemon(true);
      return thread;
    });
    say(JSON.createObjectNode().put("id", 0));
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode ask = JSON.readTree(line);
      pool.submit(() -> answer(ask));
    }
    Runtime.getRuntime().halt(0);
  }

  private static void answer(JsonNode ask) {
    ObjectNode answer = JSON.createObjectNode().put("id", ask.get("id").asInt());
    try {
      answer.set("result", perform(ask));
    } catch (Throwable error) {
      answer.put("error", String.valueOf(error));
    }
    say(answer);
  }

  private static synchronized void say(ObjectNode answer) {
    System.out.println(answer);
    System.out.flush();
  }

  private static JsonNode perform(JsonNode ask) throws Exception {
    switch (ask.get("op").asText()) {
      case "produce":
        send(PRODUCERS.computeIfAbsent(ask.get("codec").asText("none"), Driver::producer), ask);
        return null;
      case "begin": {
        KafkaProducer<byte[], byte[]> producer = TRANSACTIONAL.computeIfAbsent(ask.get("producer").asText(), Driver::transactional);
        producer.beginTransaction();
        return null;
      }
      case "send":
        send(TRANSACTIONAL.get(ask.get("producer").asText()), ask);
        return null;
      case "commit":
        TRANSACTIONAL.get(ask.get("producer").asText()).commitTransaction();
        return null;
      case "abort":
        TRANSACTIONAL.get(ask.get("producer").asText()).abortTransaction();
        return null;
      case "consume":
        return consume(ask);
      case "join":
        join(ask);
        return null;
      case "work":
        work(ask);
        return null;
      case "leave":
        JOINED.remove(ask.get("name").asText()).run();
        return null;
      default:
        throw new IllegalArgumentException("no such operation");
    }
  }

  private static Properties settings() {
    Properties settings = new Properties();
    settings.putAll(COMMON);
    return settings;
  }

  /** Sends when it is told to: what is given together is one batch. */
  private static KafkaProducer<byte[], byte[]> producer(String codec) {
    Properties settings = settings();
    settings.setProperty("compression.type", codec);
    settings.setProperty("linger.ms", "60000");
    settings.setProperty("delivery.timeout.ms", "120000");
    settings.setProperty("batch.size", "8000000");
    settings.setProperty("max.request.size", "16000000");
    settings.setProperty("buffer.memory", "64000000");
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static KafkaProducer<byte[], byte[]> transactional(String id) {
    Properties settings = settings();
    settings.setProperty("transactional.id", id);
    settings.setProperty("linger.ms", "60000");
    settings.setProperty("delivery.timeout.ms", "120000");
    settings.setProperty("batch.size", "1000000");
    KafkaProducer<byte[], byte[]> made = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    made.initTransactions();
    return made;
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, JsonNode ask) throws Exception {
    List<Future<?>> sent = new ArrayList<>();
    for (JsonNode one : ask.get("records")) {
      List<Header> headers = new ArrayList<>();
      for (JsonNode header : one.get("headers")) headers.add(new RecordHeader(header.get(0).asText(), bytes(header.get(1))));
      Long timestamp = one.hasNonNull("timestamp") ? one.get("timestamp").asLong() : null;
      sent.add(producer.send(new ProducerRecord<>(
          ask.get("topic").asText(), ask.get("partition").asInt(), timestamp, bytes(one.get("key")), bytes(one.get("value")), headers)));
    }
    producer.flush();
    for (Future<?> one : sent) one.get();
  }

  private static byte[] bytes(JsonNode text) {
    return text == null || text.isNull() ? null : Base64.getDecoder().decode(text.asText());
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }

  private static JsonNode consume(JsonNode ask) {
    Properties settings = settings();
    settings.setProperty("isolation.level", "read_committed");
    settings.setProperty("enable.auto.commit", "false");
    settings.setProperty("fetch.max.wait.ms", "50");
    ArrayNode all = JSON.createArrayNode();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition place = new TopicPartition(ask.get("topic").asText(), ask.get("partition").asInt());
      consumer.assign(List.of(place));
      consumer.seekToBeginning(List.of(place));
      long end = consumer.endOffsets(List.of(place)).get(place);
      while (consumer.position(place) < end)
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          ObjectNode one = all.addObject().put("offset", record.offset()).put("timestamp", record.timestamp());
          one.put("key", text(record.key())).put("value", text(record.value()));
          ArrayNode headers = one.putArray("headers");
          for (Header header : record.headers()) headers.addArray().add(header.key()).add(text(header.value()));
        }
    }
    return all;
  }

  private static void join(JsonNode ask) throws Exception {
    Properties settings = settings();
    settings.setProperty("group.id", ask.get("group").asText());
    settings.setProperty("group.protocol", ask.get("protocol").asText("classic"));
    settings.setProperty("enable.auto.commit", "false");
    KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.subscribe(List.of(ask.get("topic").asText()));
    AtomicBoolean ended = new AtomicBoolean();
    Thread thread = new Thread(() -> {
      while (!ended.get()) consumer.poll(Duration.ofMillis(100));
      consumer.close();
    });
    thread.setDaemon(true);
    thread.start();
    JOINED.put(ask.get("name").asText(), () -> {
      ended.set(true);
      try {
        thread.join();
      } catch (InterruptedException error) {
        throw new IllegalStateException(error);
      }
    });
  }

  /** A member that takes its time for each record, and commits what it has done. */
  private static void work(JsonNode ask) {
    Properties settings = settings();
    settings.setProperty("group.id", ask.get("group").asText());
    settings.setProperty("enable.auto.commit", "false");
    settings.setProperty("auto.offset.reset", "earliest");
    settings.setProperty("max.poll.records", "5");
    settings.setProperty("fetch.max.wait.ms", "100");
    settings.setProperty("heartbeat.interval.ms", "200");
    long pause = 1000 / ask.get("perSecond").asLong();
    KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.subscribe(List.of(ask.get("topic").asText()));
    AtomicBoolean ended = new AtomicBoolean();
    Thread thread = new Thread(() -> {
      while (!ended.get()) {
        try {
          int count = consumer.poll(Duration.ofMillis(100)).count();
          if (count == 0) continue;
          Thread.sleep(count * pause);
          consumer.commitSync(Duration.ofSeconds(2));
        } catch (InterruptedException | org.apache.kafka.common.KafkaException error) {
          // Partitions went to another member, or nobody answers: what was not committed is read again.
        }
      }
      consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1)));
    });
    thread.setDaemon(true);
    thread.start();
    JOINED.put(ask.get("name").asText(), () -> {
      ended.set(true);
      try {
        thread.join();
      } catch (InterruptedException error) {
        throw new IllegalStateException(error);
      }
    });
  }
}
