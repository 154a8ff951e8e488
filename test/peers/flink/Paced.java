import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.serialization.SimpleStringEncoder;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;

/**
 * Numbers that arrive at a rate whoever reads them, work on each that takes a time, and files that hold each number exactly once, with how many
 * of its key came before. One source, as many workers as there is parallelism. What it is told: --load FILE (lines "epoch-ms rate": from then on so many
 * arrive a second) --out DIR --work MS (for each number) --name NAME --keys N.
 */
public final class Paced {
  public static void main(String[] args) throws Exception {
    Map<String, String> told = new HashMap<>();
    for (int index = 0; index + 1 < args.length; index += 2) told.put(args[index], args[index + 1]);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.enableCheckpointing(500);
    int keys = Integer.parseInt(told.getOrDefault("--keys", "64"));
    FileSink<String> files =
        FileSink.forRowFormat(
                new org.apache.flink.core.fs.Path(told.get("--out")), new SimpleStringEncoder<String>("UTF-8"))
            .withRollingPolicy(OnCheckpointRollingPolicy.build())
            .withBucketCheckInterval(1_000)
            .build();
    env.fromSource(new NumberSequenceSource(0, Long.MAX_VALUE - 1), WatermarkStrategy.noWatermarks(), "numbers")
        .uid("numbers")
        .setParallelism(1)
        .setMaxParallelism(1)
        .map(new Arrival(told.get("--load")))
        .name("arrival")
        .uid("arrival")
        .setParallelism(1)
        .setMaxParallelism(1)
        .returns(Types.TUPLE(Types.LONG, Types.PRIMITIVE_ARRAY(Types.BYTE)))
        .keyBy((Tuple2<Long, byte[]> record) -> record.f0 % keys)
        .map(new Work(Integer.parseInt(told.getOrDefault("--work", "10")), keys))
        .name("work")
        .uid("work")
        .returns(String.class)
        .sinkTo(files)
        .name("files")
        .uid("files");
    env.execute(told.getOrDefault("--name", "paced"));
  }

  /** Lets number n through when more than n have arrived: what waits then is a lag that outlives a restart. */
  static final class Arrival extends RichMapFunction<Long, Tuple2<Long, byte[]>> {
    /** Large enough that few fit between two vertices: what cannot be worked on waits before the source, and is told. */
    private static final int BYTES = 1_000;

    private final String load;
    private transient volatile long done;
    private transient List<double[]> parts;
    private transient long readAt;

    Arrival(String load) {
      this.load = load;
    }

    @Override
    public void open(OpenContext context) {
      done = 0;
      getRuntimeContext().getMetricGroup().gauge("pendingRecords", () -> Math.max(0, arrived() - done));
    }

    @Override
    public Tuple2<Long, byte[]> map(Long number) throws Exception {
      while (arrived() <= number) Thread.sleep(2);
      done = number + 1;
      return Tuple2.of(number, new byte[BYTES]);
    }

    private synchronized long arrived() {
      long now = System.currentTimeMillis();
      if (parts == null || now - readAt > 200) {
        try {
          parts = Files.readAllLines(Path.of(load)).stream()
              .map(line -> line.trim().split(" "))
              .filter(words -> words.length == 2)
              .map(words -> new double[] {Double.parseDouble(words[0]), Double.parseDouble(words[1])})
              .toList();
        } catch (IOException error) {
          throw new IllegalStateException(error);
        }
        readAt = now;
      }
      double sum = 0;
      for (int index = 0; index < parts.size(); index++) {
        double until = index + 1 < parts.size() ? Math.min(now, parts.get(index + 1)[0]) : now;
        sum += Math.max(0, until - parts.get(index)[0]) / 1_000 * parts.get(index)[1];
      }
      return (long) sum;
    }
  }

  /** Each key counts its own, so that state that is lost, or restored twice, shows. */
  static final class Work extends RichMapFunction<Tuple2<Long, byte[]>, String> {
    private final int ms;
    private final int keys;
    private transient ValueState<Long> before;

    Work(int ms, int keys) {
      this.ms = ms;
      this.keys = keys;
    }

    @Override
    public void open(OpenContext context) {
      before = getRuntimeContext().getState(new ValueStateDescriptor<>("before", Long.class));
    }

    @Override
    public String map(Tuple2<Long, byte[]> record) throws Exception {
      long number = record.f0;
      Thread.sleep(ms);
      long count = before.value() == null ? 0 : before.value();
      before.update(count + 1);
      return number + " " + (count == number / keys ? "ok" : "wrong");
    }
  }
}
