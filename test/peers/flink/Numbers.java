import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringEncoder;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;

/**
 * Counts: 0, 1, 2 … at a rate, one line a number, exactly once into files. What it is told: --out DIR --version NAME --rate N (a second)
 * --fail N (it throws after so many records of its own) --lag N (tells of so many records that wait) --checkpoint MS.
 */
public final class Numbers {
  public static void main(String[] args) throws Exception {
    Map<String, String> told = new HashMap<>();
    for (int index = 0; index + 1 < args.length; index += 2) told.put(args[index], args[index + 1]);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(1);
    env.enableCheckpointing(Long.parseLong(told.getOrDefault("--checkpoint", "300")));
    FileSink<String> files =
        FileSink.forRowFormat(new Path(told.get("--out")), new SimpleStringEncoder<String>("UTF-8"))
            .withRollingPolicy(OnCheckpointRollingPolicy.build())
            .withBucketCheckInterval(Duration.ofSeconds(1).toMillis())
            .build();
    env.fromSource(new NumberSequenceSource(0, Long.MAX_VALUE - 1), WatermarkStrategy.noWatermarks(), "numbers")
        .uid("numbers")
        .map(
            new Pace(
                told.getOrDefault("--version", "v1"),
                Integer.parseInt(told.getOrDefault("--rate", "200")),
                Long.parseLong(told.getOrDefault("--fail", "-1")),
                Long.parseLong(told.getOrDefault("--lag", "0"))))
        .name("pace")
        .uid("pace")
        .returns(String.class)
        .sinkTo(files)
        .name("files")
        .uid("files");
    env.execute(told.getOrDefault("--name", "numbers"));
  }

  /** Holds the rate and marks each number with the version that wrote it. */
  static final class Pace extends RichMapFunction<Long, String> {
    private final String version;
    private final int rate;
    private final long fail;
    private final long lag;
    private transient long done;

    Pace(String version, int rate, long fail, long lag) {
      this.version = version;
      this.rate = rate;
      this.fail = fail;
      this.lag = lag;
    }

    @Override
    public void open(OpenContext context) {
      done = 0;
      getRuntimeContext().getMetricGroup().gauge("pendingRecords", () -> lag);
    }

    @Override
    public String map(Long number) throws Exception {
      if (fail >= 0 && done >= fail) throw new IllegalStateException("told to fail after " + fail);
      done += 1;
      // Nothing is made up for: a burst after a stall would look like a rate.
      Thread.sleep(1_000 / rate);
      return number + " " + version;
    }
  }
}
