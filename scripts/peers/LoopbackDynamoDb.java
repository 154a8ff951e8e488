import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import java.lang.reflect.Field;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** DynamoDB Local listens on every address of the machine and takes no port 0; tests want loopback only, on any free port. */
public class LoopbackDynamoDb {
  public static void main(String[] args) throws Exception {
    Object proxy = ServerRunner.createServerFromCommandLineArgs(args);
    for (Field field : proxy.getClass().getDeclaredFields()) {
      if (field.getType() != Server.class) continue;
      field.setAccessible(true);
      Server server = (Server) field.get(proxy);
      for (Connector connector : server.getConnectors()) {
        ((ServerConnector) connector).setHost("127.0.0.1");
        ((ServerConnector) connector).setPort(0);
      }
      server.start();
      System.out.println("listening on " + ((ServerConnector) server.getConnectors()[0]).getLocalPort());
      server.join();
    }
  }
}
