import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** Runs mongo-java-server in memory on the port of 127.0.0.1 that the only argument names, until it is killed. */
public final class MongoJavaServer {
  public static void main(String[] arguments) {
    int port = Integer.parseInt(arguments[0]);
    MemoryBackend backend = new MemoryBackend();
    backend.version(
        new MongoVersion() {
          // The newest version that the library itself knows is too old for current drivers.
          @Override
          public List<Integer> getVersionArray() {
            return List.of(6, 0, 0);
          }

          @Override
          public int getWireVersion() {
            return 17;
          }
        });
    MongoServer server = new MongoServer(backend);
    server.bind("127.0.0.1", port);
    System.out.println("listening on 127.0.0.1:" + port);
  }
}
