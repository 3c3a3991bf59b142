import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The Kafka that the tests run against. */
const KAFKA = '4.4.0';
const LOG4J = '2.24.3';

const dependency = (group: string, artifact: string, version: string) => `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
const POM = `<project><modelVersion>4.0.0</modelVersion><groupId>novacron</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
<dependencies>${dependency('org.apache.kafka', 'kafka_2.13', KAFKA)}${dependency('org.apache.logging.log4j', 'log4j-core', LOG4J)}${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', LOG4J)}</dependencies></project>\n`;

/** Maven by itself would wait half an hour for a server that has taken the connection and says nothing; both families of options, since its transport changed with 3.9. */
const PATIENCE = ['-Dmaven.wagon.rto=30000', '-Dmaven.wagon.http.retryHandler.count=3', '-Daether.connector.connectTimeout=10000', '-Daether.connector.requestTimeout=30000'];
const FETCH_MS = 240_000;

/** Where Kafka's jars lie: 43 MB from Maven Central, fetched at the first call on this machine. Throws one sentence where Java or Maven is missing. */
export function kafkaPrograms(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'novacron');
  const place = join(cache, `kafka-${KAFKA}`);
  needed('java', ['-version'], 'openjdk-17-jre-headless');
  if (existsSync(place)) return place;
  needed('mvn', ['-v'], 'maven');
  mkdirSync(cache, { recursive: true });
  const aside = mkdtempSync(`${place}-`);
  writeFileSync(join(aside, 'pom.xml'), POM);
  console.error(`novacron: fetching Kafka ${KAFKA} from Maven Central`);
  const { status, stdout, error } = spawnSync('mvn', ['-q', '-B', ...PATIENCE, 'dependency:copy-dependencies', '-DoutputDirectory=libs'], { cwd: aside, encoding: 'utf8', timeout: FETCH_MS, killSignal: 'SIGKILL' });
  if (status !== 0) {
    rmSync(aside, { recursive: true, force: true });
    throw new Error(`Kafka ${KAFKA} cannot be fetched from Maven Central${error ? ` in ${FETCH_MS / 1000} s` : ''}: look at the connection, and at Maven's settings behind a proxy.\n${stdout}`);
  }
  // Renamed whole, so that what is there is complete; who came second uses what the first one made.
  try {
    renameSync(aside, place);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  }
  return place;
}

function needed(program: string, args: string[], debian: string): void {
  const { status } = spawnSync(program, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`tests on Kafka need ${program}, and it is not on this machine: install it (on Debian: apt-get install ${debian}) and run them again`);
}
