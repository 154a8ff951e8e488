import static io.trino.testing.TestingSession.testSessionBuilder;

import io.trino.Session;
import io.trino.spi.type.TimeZoneKey;
import io.trino.sql.parser.SqlParser;
import io.trino.testing.LocalQueryRunner;
import io.trino.testing.MaterializedRow;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;

/**
 * Trino in this process, without a server. Reads statements with a NUL between them; answers for each its rows, a line each, cells parted by tabs,
 * NULL as \N, and an empty line. One that begins with "--parse" is not run: its kind is said. A fault is a line that begins with "no ".
 */
public class TrinoRuns {
  public static void main(String[] args) throws Exception {
    String all = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    Session session = testSessionBuilder().setTimeZoneKey(TimeZoneKey.UTC_KEY).build();
    SqlParser parser = new SqlParser();
    try (LocalQueryRunner runner = LocalQueryRunner.create(session)) {
      for (String statement : all.split("\0")) {
        try {
          if (statement.startsWith("--parse")) System.out.println(parser.createStatement(statement).getClass().getSimpleName());
          else for (MaterializedRow row : runner.execute(statement).getMaterializedRows()) System.out.println(line(row));
        } catch (RuntimeException fault) {
          System.out.println("no " + String.valueOf(fault.getMessage()).replaceAll("\\s+", " "));
        }
        System.out.println();
      }
    }
    System.exit(0);
  }

  static String line(MaterializedRow row) {
    StringJoiner cells = new StringJoiner("\t");
    for (Object value : row.getFields())
      cells.add(value == null ? "\\N" : value instanceof BigDecimal number ? number.toPlainString() : value.toString());
    return cells.toString();
  }
}
