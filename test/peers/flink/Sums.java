import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Adds up: of "a 5" in topic numbers the sum and the count of all numbers of a so far go to topic sums, as "a 17 3". What it adds to is state; its
 * positions too.
 */
public final class Sums {
  private static final String BROKERS = "@brokers@";

  public static void main(String[] args) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(1);
    env.enableCheckpointing(300);
    KafkaSource<String> numbers =
        KafkaSource.<String>builder()
            .setBootstrapServers(BROKERS)
            .setTopics("numbers")
            .setGroupId("sums")
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setValueOnlyDeserializer(new SimpleStringSchema())
            .build();
    KafkaSink<String> sums =
        KafkaSink.<String>builder()
            .setBootstrapServers(BROKERS)
            .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
            .setRecordSerializer(
                KafkaRecordSerializationSchema.builder()
                    .setTopic("sums")
                    .setValueSerializationSchema(new SimpleStringSchema())
                    .build())
            .build();
    env.fromSource(numbers, WatermarkStrategy.noWatermarks(), "numbers")
        .uid("numbers")
        .keyBy((String line) -> line.split(" ")[0])
        .map(new Adding())
        .name("adding")
        .uid("adding")
        .returns(String.class)
        .sinkTo(sums)
        .name("sums")
        .uid("sums");
    env.execute("sums");
  }

  static final class Adding extends RichMapFunction<String, String> {
    private transient ValueState<String> so;

    @Override
    public void open(OpenContext context) {
      so = getRuntimeContext().getState(new ValueStateDescriptor<>("so", String.class));
    }

    @Override
    public String map(String line) throws Exception {
      String[] told = line.split(" ");
      String[] before = so.value() == null ? new String[] {"0", "0"} : so.value().split(" ");
      long sum = Long.parseLong(before[0]) + Long.parseLong(told[1]);
      String now = sum + " " + (Long.parseLong(before[1]) + 1);
      so.update(now);
      return told[0] + " " + now;
    }
  }
}
